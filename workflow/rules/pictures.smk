# What units respond to most, optimized; read by every figure that shows a unit.


rule visualize_features:
    input:
        weights="results/{network}/weights.h5",
        tables=role_tables,
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
    resources:
        mem_mb=memory(440),
        runtime=minutes(48),
        gpu=GPUS,
    params:
        code=code("visualize_features.py"),
        detectors=detectors_option,
        settings=PICTURE_SETTINGS,
    message:
        "Picturing units of {wildcards.network} {wildcards.layer}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/visualize_features.py --weights {input.weights:q} --layer {wildcards.layer:q}'
        " --tables {input.tables:q} {params.detectors:q} --responses {input.responses:q} {params.settings:q}"
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
    resources:
        mem_mb=memory(440),
        runtime=minutes(8),
        gpu=GPUS,
    params:
        code=code("visualize_features.py"),
        detectors=detectors_option,
        settings=PICTURE_SETTINGS,
    message:
        "Picturing one detector of {wildcards.network} in several ways"
    shell:
        'python "$HIGHLOW_SCRIPTS"/visualize_features.py --weights {input.weights:q} --layer {wildcards.layer:q}'
        " {params.detectors:q} --variations 6 --responses {input.responses:q} {params.settings:q}"
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
    resources:
        mem_mb=memory(410),
        runtime=minutes(7),
        gpu=GPUS,
    params:
        code=code("visualize_features.py"),
        settings=PICTURE_SETTINGS,
    message:
        "Picturing the HF and LF factors {wildcards.source} -> {wildcards.target} of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/visualize_features.py --weights {input.weights:q} --layer {wildcards.source:q}'
        " --factors {input.factors:q} --responses {input.responses:q} {params.settings:q}"
        " --output {output:q} --log {log:q}"
