# Figures of several networks. Inputs have roles ROLE:NETWORK.


rule fig14_similar_detectors:
    input:
        layers=lambda w: universality_files(w.network, "layers.tsv"),
        detectors=lambda w: universality_files(w.network, "detectors.tsv"),
        shown=lambda w: universality_files(w.network, "shown.tsv"),
        pictures=lambda w: universality_files(w.network, "pictures.h5"),
    output:
        figure_files("fig14_similar_detectors"),
    log:
        "results/{network}/logs/figures/fig14_similar_detectors.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig14_similar_detectors.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(3),
    params:
        code=code(
            "draw_figure.py", "src/highlow/figures/fig14_similar_detectors.py", "src/highlow/reference/article.yaml"
        ),
        figure="fig14_similar_detectors",
        roles=roles_by_network,
        settings=universality_settings,
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig14_similar_detectors of {wildcards.network}"
    shell:
        DRAW


rule fig15_universality_factors:
    input:
        layers=lambda w: universality_files(w.network, "layers.tsv"),
        detectors=lambda w: universality_files(w.network, "detectors.tsv"),
        shown=lambda w: universality_files(w.network, "shown.tsv"),
        factors=lambda w: universality_files(w.network, "factors.h5"),
    output:
        figure_files("fig15_universality_factors"),
    log:
        "results/{network}/logs/figures/fig15_universality_factors.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig15_universality_factors.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig15_universality_factors.py"),
        figure="fig15_universality_factors",
        roles=roles_by_network,
        settings=universality_settings,
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig15_universality_factors of {wildcards.network}"
    shell:
        DRAW
