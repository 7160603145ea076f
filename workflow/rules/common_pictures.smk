"""Which units are pictured in which layer, and what their pictures are compared with."""

from functools import partial

PICTURED = r"[A-Za-z0-9_.-]+?(?<!_diversity)(?<![.]h5)"
PICTURE_SETTINGS = [
    word
    for key, value in (*config["feature_visualization"].items(), ("seed", SEED))
    if value is not None
    for word in (f"--{key}", str(value))
]


def unit_pictures(network, layer):
    """Return the pictures of a layer's channels."""
    return f"results/{network}/pictures/{study.pictured(network, layer)}.h5"


def studied_pictures(wildcards):
    """Return the pictures of units of the studied layer."""
    return unit_pictures(wildcards.network, studied_layer(wildcards))


def source_pictures(wildcards):
    """Return the pictures of the channels of the nearest source layer."""
    return unit_pictures(wildcards.network, study.sources(wildcards.network)[0])


def best_responses(wildcards, layer=None):
    """Return the responses that a picture is compared with: to stimuli, and to photographs where they were searched.

    Of a layer, by default the wildcard's.
    """
    network, layer = wildcards.network, layer or wildcards.layer
    families = shown.FAMILIES if layer == study.layer(network) else shown.SMALL
    files = [f"results/{network}/activations/{layer}/{family}.h5" for family in families]
    return files + [f"results/{network}/dataset_examples/{layer}.h5"] * (layer in study.searched(network))


def role_tables(wildcards):
    """Return the tables that say which units figures show."""
    parts = ["upstream"] + ["downstream"] * study.has_downstream(wildcards.network)
    return [f"results/{wildcards.network}/tables/{part}_roles.tsv" for part in parts]


def detectors_option(wildcards, input):
    """Return the option that names the detectors, where the layer is the studied one."""
    return ["--detectors", *input.detectors] if input.detectors else []


def shown_option(wildcards):
    """Return what the studied layer shows beside the units of the role tables."""
    if wildcards.layer != studied_layer(wildcards):
        return []
    units = studied_units(wildcards)
    return ["--branch", branch_of(wildcards), *(["--units", *map(str, units)] if units else [])]


def every_unit_option(wildcards):
    """Return the option that pictures every unit of the studied layer, where it is asked for."""
    asked = config["units"] == "all" and wildcards.network == NETWORK
    return ["--all"] if asked and wildcards.layer == studied_layer(wildcards) else []


def detectors_if_studied(wildcards):
    return [DETECTORS] if wildcards.layer == studied_layer(wildcards) else []


def picturing_sources(layers):
    """Return the job that pictures units of every source, where these are layers of their own."""
    named = [layer for layer in layers.searched if layer not in (layers.studied, layers.downstream)]
    inputs, outputs, commands = {"weights": "results/{network}/weights.h5", "tables": role_tables}, {}, []
    for number, layer in enumerate(named):
        inputs[f"responses_{number}"] = partial(best_responses, layer=layer)
        outputs |= {
            f"pictures_{number}": f"results/{{network}}/pictures/{layer}.h5",
            f"folder_{number}": directory(f"results/{{network}}/pictures/{layer}"),
        }
        commands.append(
            f"visualize_features.py --weights {{input.weights}} --layer {layer} --tables {{input.tables}}"
            f" --responses {{input.responses_{number}}} {{params.settings}} --output {{output.pictures_{number}}}"
            f" --folder {{output.folder_{number}}}"
        )
    return Job(
        message=f"Picturing units of {{wildcards.network}} {', '.join(named)}",
        input=inputs,
        output=outputs,
        params={"settings": PICTURE_SETTINGS},
        command=in_turn(*commands),
        gpu=True,
        before=("visualize_features",),
    )


def picturing_factors(pairs, **fields):
    """Return the job that pictures the factors from layers to later ones: as (source, layer), or as their wildcards."""
    inputs, outputs, commands = {"weights": "results/{network}/weights.h5"}, {}, []
    for number, (source, layer) in enumerate(pairs):
        path, families = f"factors/{source}_to_{layer}.h5", ("uniform", *shown.SMALL)
        answers = [f"results/{{network}}/activations/{source}/{family}.h5" for family in families]
        inputs |= {f"factors_{number}": f"results/{{network}}/{path}", f"responses_{number}": answers}
        outputs[f"pictures_{number}"] = f"results/{{network}}/pictures/{path}"
        commands.append(
            f"visualize_features.py --weights {{input.weights}} --layer {source.replace('{', '{wildcards.')}"
            f" --factors {{input.factors_{number}}} --responses {{input.responses_{number}}} {{params.settings}}"
            f" --output {{output.pictures_{number}}}"
        )
    named = ", ".join(f"{source} -> {layer}" for source, layer in pairs).replace("{", "{wildcards.")
    return Job(
        message=f"Picturing the HF and LF factors {named} of {{wildcards.network}}",
        input=inputs,
        output=outputs,
        params={"settings": PICTURE_SETTINGS},
        command=in_turn(*commands),
        gpu=True,
        **fields,
    )


def pictures_of_each_source(wildcards):
    """Return the pictures of the channels of every source layer."""
    return [unit_pictures(wildcards.network, source) for source in study.sources(wildcards.network)]
