# Figures of the layer after the studied one.

USAGE_INPUTS = {
    "roles": "results/{network}/tables/downstream_roles.tsv",
    "detectors": detectors_of,
    "expanded_weights": downstream_file("expanded_weights/{layer}_to_{downstream}.h5"),
    "studied_pictures": downstream_file("pictures/{layer}.h5"),
    "later_pictures": downstream_file("pictures/{downstream}.h5"),
}


rule fig10_usage:
    input:
        **USAGE_INPUTS,
    output:
        figure_files("fig10_usage"),
    log:
        "results/{network}/logs/figures/fig10_usage.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig10_usage.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig10_usage.py"),
        figure="fig10_usage",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "downstream"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig10_usage of {wildcards.network}"
    shell:
        DRAW


rule fig11_excitation_inhibition:
    input:
        **USAGE_INPUTS,
    output:
        figure_files("fig11_excitation_inhibition"),
    log:
        "results/{network}/logs/figures/fig11_excitation_inhibition.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig11_excitation_inhibition.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(2),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig11_excitation_inhibition.py"),
        figure="fig11_excitation_inhibition",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "downstream"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig11_excitation_inhibition of {wildcards.network}"
    shell:
        DRAW


rule fig12_boundary_inputs:
    input:
        **USAGE_INPUTS,
        input_kinds="results/{network}/tables/input_kinds.tsv",
    output:
        figure_files("fig12_boundary_inputs"),
    log:
        "results/{network}/logs/figures/fig12_boundary_inputs.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig12_boundary_inputs.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig12_boundary_inputs.py"),
        figure="fig12_boundary_inputs",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "downstream"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig12_boundary_inputs of {wildcards.network}"
    shell:
        DRAW


rule fig13_boundary_detectors:
    input:
        **USAGE_INPUTS,
    output:
        figure_files("fig13_boundary_detectors"),
    log:
        "results/{network}/logs/figures/fig13_boundary_detectors.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig13_boundary_detectors.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(160),
        runtime=minutes(4),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig13_boundary_detectors.py"),
        figure="fig13_boundary_detectors",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "downstream"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig13_boundary_detectors of {wildcards.network}"
    shell:
        DRAW


rule figx_polarity_invariance:
    input:
        detectors=detectors_of,
        expanded_weights=downstream_file("expanded_weights/{layer}_to_{downstream}.h5"),
    output:
        figure_files("figx_polarity_invariance"),
    log:
        "results/{network}/logs/figures/figx_polarity_invariance.log",
    benchmark:
        "results/{network}/benchmarks/figures/figx_polarity_invariance.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(630),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/figx_polarity_invariance.py"),
        figure="figx_polarity_invariance",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "downstream", "seed"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing figx_polarity_invariance of {wildcards.network}"
    shell:
        DRAW
