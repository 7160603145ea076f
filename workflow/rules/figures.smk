# A figure is one module of src/highlow/figures, drawn from results alone: restyling one redraws it and no other.

DRAW = (
    'python "$HIGHLOW_SCRIPTS"/draw_figure.py {params.figure:q} --input {params.roles:q} --settings {params.settings:q}'
    " --output {params.stem:q} --log {log:q}"
)


rule stimulus_axes:
    input:
        high_low="results/stimuli/high_low.h5",
        high_low_balanced="results/stimuli/high_low_balanced.h5",
    output:
        figure_files("stimulus_axes"),
    log:
        "results/{network}/logs/figures/stimulus_axes.log",
    benchmark:
        "results/{network}/benchmarks/figures/stimulus_axes.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/stimulus_axes.py"),
        figure="stimulus_axes",
        roles=roles,
        settings="{}",
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing stimulus_axes"
    shell:
        DRAW


rule control_stimuli:
    input:
        detectors=detectors_of,
        uniform_plaid="results/stimuli/uniform_plaid.h5",
        grating="results/stimuli/grating.h5",
        luminance_edge="results/stimuli/luminance_edge.h5",
        colour_edge="results/stimuli/colour_edge.h5",
        contrast_edge="results/stimuli/contrast_edge.h5",
    output:
        figure_files("control_stimuli"),
    log:
        "results/{network}/logs/figures/control_stimuli.log",
    benchmark:
        "results/{network}/benchmarks/figures/control_stimuli.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/control_stimuli.py"),
        figure="control_stimuli",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing control_stimuli of {wildcards.network}"
    shell:
        DRAW


rule fig03_tuning:
    input:
        detectors=detectors_of,
        tuning="results/{network}/tables/tuning.tsv",
        pictures=studied_pictures,
    output:
        figure_files("fig03_tuning"),
    log:
        "results/{network}/logs/figures/fig03_tuning.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig03_tuning.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(170),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig03_tuning.py"),
        figure="fig03_tuning",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units", "pattern_size"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig03_tuning of {wildcards.network}"
    shell:
        DRAW


rule fig07_factor_responses:
    input:
        factors=factor_files,
        uniform=lambda w: [f"results/{w.network}/activations/{source}/uniform.h5" for source in sources_of(w.network)],
    output:
        figure_files("fig07_factor_responses"),
    log:
        "results/{network}/logs/figures/fig07_factor_responses.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig07_factor_responses.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig07_factor_responses.py"),
        figure="fig07_factor_responses",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig07_factor_responses of {wildcards.network}"
    shell:
        DRAW


rule fig08_factor_tuning:
    input:
        factors=factor_files,
        uniform=lambda w: [f"results/{w.network}/activations/{source}/uniform.h5" for source in sources_of(w.network)],
    output:
        figure_files("fig08_factor_tuning"),
    log:
        "results/{network}/logs/figures/fig08_factor_tuning.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig08_factor_tuning.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig08_factor_tuning.py"),
        figure="fig08_factor_tuning",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig08_factor_tuning of {wildcards.network}"
    shell:
        DRAW


rule fig09_spatial_factors:
    input:
        detectors=detectors_of,
        factors=factor_files,
        pictures=studied_pictures,
    output:
        figure_files("fig09_spatial_factors"),
    log:
        "results/{network}/logs/figures/fig09_spatial_factors.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig09_spatial_factors.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(160),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig09_spatial_factors.py"),
        figure="fig09_spatial_factors",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig09_spatial_factors of {wildcards.network}"
    shell:
        DRAW


rule planted_ground_truth:
    input:
        weights="results/{network}/weights.h5",
        ground_truth="results/{network}/tables/ground_truth.tsv",
        detectors=detectors_of,
    output:
        figure_files("planted_ground_truth"),
    log:
        "results/{network}/logs/figures/planted_ground_truth.log",
    benchmark:
        "results/{network}/benchmarks/figures/planted_ground_truth.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/planted_ground_truth.py"),
        figure="planted_ground_truth",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing planted_ground_truth of {wildcards.network}"
    shell:
        DRAW
