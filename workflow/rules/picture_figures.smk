# Figures of pictures alone: feature visualizations of the detectors.


rule fig01_feature_visualizations:
    input:
        detectors=detectors_of,
        pictures=lambda w: f"results/{w.network}/pictures/{layer_of(w.network)}.h5",
    output:
        figure_files("fig01_feature_visualizations"),
    log:
        "results/{network}/logs/figures/fig01_feature_visualizations.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig01_feature_visualizations.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig01_feature_visualizations.py"),
        figure="fig01_feature_visualizations",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig01_feature_visualizations of {wildcards.network}"
    shell:
        DRAW


rule fig01b_diversity:
    input:
        detectors=detectors_of,
        variations=lambda w: f"results/{w.network}/pictures/{layer_of(w.network)}_diversity.h5",
    output:
        figure_files("fig01b_diversity"),
    log:
        "results/{network}/logs/figures/fig01b_diversity.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig01b_diversity.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig01b_diversity.py"),
        figure="fig01b_diversity",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig01b_diversity of {wildcards.network}"
    shell:
        DRAW
