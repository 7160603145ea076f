# What units respond to most, optimized; read by every figure that shows a unit.


def layers_with_examples(network):
    """Return the layers of a network for which photographs were searched: studied, pictured sources, downstream."""
    layers = [layer_of(network), *(architecture(network).pictured_layer(source) for source in sources_of(network))]
    return layers + [target for _, target in paths_of(network) if target != layer_of(network)]


def best_responses(wildcards):
    """Return the responses that a picture is compared with: to stimuli, and to photographs where they were searched."""
    network, layer = wildcards.network, wildcards.layer
    families = FAMILIES if layer == layer_of(network) else SMALL_FAMILIES
    files = [f"results/{network}/activations/{layer}/{family}.h5" for family in families]
    return files + [f"results/{network}/dataset_examples/{layer}.h5"] * (layer in layers_with_examples(network))


def detectors_option(wildcards):
    """Return what the studied layer shows beside the units of the role tables."""
    if wildcards.layer != layer_of(wildcards.network):
        return ""
    own = wildcards.network == NETWORK
    units = f" --units {' '.join(map(str, UNITS))}" if own and UNITS else ""
    every = " --all" if own and config["units"] == "all" else ""
    return (
        f"--detectors results/{wildcards.network}/tables/detectors.tsv --branch {branch_of(wildcards.network)}"
        + units
        + every
    )


def detectors_if_studied(wildcards):
    return [detectors_of(wildcards)] if wildcards.layer == layer_of(wildcards.network) else []


PICTURE_SETTINGS = " ".join(
    f"--{key} {value}" for key, value in (*config["feature_visualization"].items(), ("seed", SEED)) if value is not None
)
PICTURED = r"[A-Za-z0-9_]+?(?<!_diversity)"


rule visualize_features:
    input:
        weights="results/{network}/weights.h5",
        tables=expand("results/{{network}}/tables/{part}_roles.tsv", part=("upstream", "downstream")),
        detectors=detectors_if_studied,
        responses=best_responses,
    output:
        pictures="results/{network}/pictures/{layer}.h5",
        folder=directory("results/{network}/pictures/{layer}"),
    log:
        "results/{network}/logs/visualize_features/{layer}.log",
    benchmark:
        "results/{network}/benchmarks/visualize_features/{layer}.tsv"
    wildcard_constraints:
        layer=PICTURED,
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("visualize_features.py"),
        detectors=detectors_option,
        settings=PICTURE_SETTINGS,
    message:
        "Picturing units of {wildcards.network} {wildcards.layer}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/visualize_features.py --weights {input.weights:q} --layer {wildcards.layer:q}'
        " --tables {input.tables:q} {params.detectors} --responses {input.responses:q} {params.settings}"
        " --output {output.pictures:q} --folder {output.folder:q} --log {log:q}"


rule visualize_variations:
    input:
        weights="results/{network}/weights.h5",
        detectors=detectors_if_studied,
        responses=best_responses,
    output:
        "results/{network}/pictures/{layer}_diversity.h5",
    log:
        "results/{network}/logs/visualize_features/{layer}_diversity.log",
    benchmark:
        "results/{network}/benchmarks/visualize_features/{layer}_diversity.tsv"
    wildcard_constraints:
        layer=PICTURED,
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("visualize_features.py"),
        detectors=detectors_option,
        settings=PICTURE_SETTINGS,
    message:
        "Picturing one detector of {wildcards.network} in several ways"
    shell:
        'python "$HIGHLOW_SCRIPTS"/visualize_features.py --weights {input.weights:q} --layer {wildcards.layer:q}'
        " {params.detectors} --variations 6 --responses {input.responses:q} {params.settings}"
        " --output {output:q} --log {log:q}"


rule visualize_factors:
    input:
        weights="results/{network}/weights.h5",
        factors="results/{network}/factors/{source}_to_{target}.h5",
        responses=expand("results/{{network}}/activations/{{source}}/{family}.h5", family=("uniform", *SMALL_FAMILIES)),
    output:
        "results/{network}/pictures/factors/{source}_to_{target}.h5",
    log:
        "results/{network}/logs/visualize_features/factors_{source}_to_{target}.log",
    benchmark:
        "results/{network}/benchmarks/visualize_features/factors_{source}_to_{target}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("visualize_features.py"),
        settings=PICTURE_SETTINGS,
    message:
        "Picturing the HF and LF factors {wildcards.source} -> {wildcards.target} of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/visualize_features.py --weights {input.weights:q} --layer {wildcards.source:q}'
        " --factors {input.factors:q} --responses {input.responses:q} {params.settings}"
        " --output {output:q} --log {log:q}"
