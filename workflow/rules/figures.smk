# A figure is one module of src/highlow/figures, drawn from results alone: restyling one redraws it and no other.


def figure_settings(wildcards, *keys):
    """Return the config values that a figure uses, as JSON: they are its cache key."""
    network = wildcards.network
    values = {
        "network": network,
        "layer": layer_of(network),
        "branch": branch_of(network),
        "units": UNITS if network == NETWORK else [],
        "pattern_size": STIMULI["pattern_size"],
    }
    if network in config["networks"]:
        values["networks"] = json.dumps({network: config["networks"][network]})
    return json.dumps({key: value for key, value in values.items() if key in (*keys, "network", "layer", "networks")})


def figure_files(name):
    """Return the files of a figure; the SVG carries its caption into Snakemake's report."""
    stem = f"results/{{network}}/figures/{name}"
    svg = report(f"{stem}.svg", caption=f"../report/{name}.rst", category="Figures", labels={"figure": name})
    return [svg, f"{stem}.png", f"{stem}.tsv", f"{stem}.json"]


def detectors_of(wildcards):
    return f"results/{wildcards.network}/tables/detectors.tsv"


def factor_files(wildcards):
    network, layer = wildcards.network, layer_of(wildcards.network)
    return [f"results/{network}/factors/{source}_to_{layer}.h5" for source in sources_of(network)]


def roles(wildcards, input):
    """Return the named inputs of a figure as ROLE=PATH; lists over source layers as ROLE:SOURCE=PATH."""
    words = []
    for role, paths in input.items():
        if role == "code":
            continue
        if isinstance(paths, str):
            words.append(f"{role}={paths}")
        else:
            words += [f"{role}:{source}={path}" for source, path in zip(sources_of(wildcards.network), paths)]
    return words


DRAW = (
    "python {input.code[0]:q} {params.figure} --input {params.roles:q} --settings {params.settings:q}"
    " --output {params.stem:q} --log {log:q}"
)


rule stimulus_axes:
    message:
        "Drawing stimulus_axes"
    input:
        code=code("draw_figure.py", "figures/stimulus_axes.py"),
        high_low="results/stimuli/high_low.h5",
        high_low_balanced="results/stimuli/high_low_balanced.h5",
    output:
        figure_files("stimulus_axes"),
    params:
        figure="stimulus_axes",
        roles=roles,
        settings="{}",
        stem=subpath(output[0], strip_suffix=".svg"),
    log:
        "results/{network}/logs/figures/stimulus_axes.log",
    benchmark:
        "results/{network}/benchmarks/figures/stimulus_axes.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        DRAW


rule fig03_tuning:
    message:
        "Drawing fig03_tuning of {wildcards.network}"
    input:
        code=code("draw_figure.py", "figures/fig03_tuning.py"),
        detectors=detectors_of,
        tuning="results/{network}/tables/tuning.tsv",
    output:
        figure_files("fig03_tuning"),
    params:
        figure="fig03_tuning",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units", "pattern_size"),
        stem=subpath(output[0], strip_suffix=".svg"),
    log:
        "results/{network}/logs/figures/fig03_tuning.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig03_tuning.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        DRAW


rule fig07_factor_responses:
    message:
        "Drawing fig07_factor_responses of {wildcards.network}"
    input:
        code=code("draw_figure.py", "figures/fig07_factor_responses.py"),
        factors=factor_files,
        uniform=lambda w: [f"results/{w.network}/activations/{source}/uniform.h5" for source in sources_of(w.network)],
    output:
        figure_files("fig07_factor_responses"),
    params:
        figure="fig07_factor_responses",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    log:
        "results/{network}/logs/figures/fig07_factor_responses.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig07_factor_responses.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        DRAW


rule fig08_factor_tuning:
    message:
        "Drawing fig08_factor_tuning of {wildcards.network}"
    input:
        code=code("draw_figure.py", "figures/fig08_factor_tuning.py"),
        factors=factor_files,
        uniform=lambda w: [f"results/{w.network}/activations/{source}/uniform.h5" for source in sources_of(w.network)],
    output:
        figure_files("fig08_factor_tuning"),
    params:
        figure="fig08_factor_tuning",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    log:
        "results/{network}/logs/figures/fig08_factor_tuning.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig08_factor_tuning.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        DRAW


rule fig09_spatial_factors:
    message:
        "Drawing fig09_spatial_factors of {wildcards.network}"
    input:
        code=code("draw_figure.py", "figures/fig09_spatial_factors.py"),
        detectors=detectors_of,
        factors=factor_files,
    output:
        figure_files("fig09_spatial_factors"),
    params:
        figure="fig09_spatial_factors",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units"),
        stem=subpath(output[0], strip_suffix=".svg"),
    log:
        "results/{network}/logs/figures/fig09_spatial_factors.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig09_spatial_factors.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        DRAW
