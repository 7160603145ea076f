# Figures that only the article page has.


rule hero:
    input:
        detectors=detectors_of,
        tuning="results/{network}/tables/tuning.tsv",
        factors=factor_files,
        stimuli="results/stimuli/high_low.h5",
        pictures=lambda w: f"results/{w.network}/pictures/{layer_of(w.network)}.h5",
    output:
        figure_files("hero"),
    log:
        "results/{network}/logs/figures/hero.log",
    benchmark:
        "results/{network}/benchmarks/figures/hero.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(160),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/hero.py"),
        figure="hero",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units", "pattern_size"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing hero of {wildcards.network}"
    shell:
        DRAW
