# How detectors are made: channels of earlier layers, and the weights that place them.


rule fig04_weights:
    input:
        roles="results/{network}/tables/upstream_roles.tsv",
        detectors=detectors_of,
        expanded_weights=nearest_expanded_weights,
        pictures=studied_pictures,
        source_pictures=source_pictures,
    output:
        figure_files("fig04_weights"),
    log:
        "results/{network}/logs/figures/fig04_weights.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig04_weights.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig04_weights.py"),
        figure="fig04_weights",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig04_weights of {wildcards.network}"
    shell:
        DRAW


rule fig05_clusters:
    input:
        roles="results/{network}/tables/upstream_roles.tsv",
        detectors=detectors_of,
        expanded_weights=nearest_expanded_weights,
        pictures=studied_pictures,
        source_pictures=source_pictures,
    output:
        figure_files("fig05_clusters"),
    log:
        "results/{network}/logs/figures/fig05_clusters.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig05_clusters.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig05_clusters.py"),
        figure="fig05_clusters",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig05_clusters of {wildcards.network}"
    shell:
        DRAW


rule fig06_factors:
    input:
        roles="results/{network}/tables/upstream_roles.tsv",
        factors=factor_files,
        factor_pictures=lambda w: [
            f"results/{w.network}/pictures/factors/{source}_to_{layer_of(w.network)}.h5"
            for source in sources_of(w.network)
        ],
        source_pictures=lambda w: [unit_pictures(w.network, source) for source in sources_of(w.network)],
    output:
        figure_files("fig06_factors"),
    log:
        "results/{network}/logs/figures/fig06_factors.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig06_factors.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig06_factors.py"),
        figure="fig06_factors",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig06_factors of {wildcards.network}"
    shell:
        DRAW


rule fig09b_exception:
    input:
        unpack(responses_of_nearest_source),
        roles="results/{network}/tables/upstream_roles.tsv",
        detectors=detectors_of,
        expanded_weights=nearest_expanded_weights,
        pictures=studied_pictures,
        source_pictures=source_pictures,
        factors=nearest_factors,
    output:
        figure_files("fig09b_exception"),
    log:
        "results/{network}/logs/figures/fig09b_exception.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig09b_exception.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig09b_exception.py"),
        figure="fig09b_exception",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig09b_exception of {wildcards.network}"
    shell:
        DRAW
