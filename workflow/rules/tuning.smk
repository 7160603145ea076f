rule measure_tuning:
    input:
        unpack(responses_to_families),
    output:
        table="results/{network}/tables/candidates.tsv",
        provenance="results/{network}/tables/candidates.provenance.json",
    log:
        "results/{network}/logs/measure_tuning.log",
    benchmark:
        "results/{network}/benchmarks/measure_tuning.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code("measure_tuning.py"),
        responses=lambda wildcards, input: [
            word for family, path in input.items() for word in (f"--{family.replace('_', '-')}", path)
        ],
        layer=lambda wildcards: layer_of(wildcards.network),
        pattern_size=STIMULI["pattern_size"],
        seed=SEED,
    message:
        "Measuring the orientation tuning of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/measure_tuning.py {params.responses:q} --layer {params.layer:q}'
        " --candidates {output.table:q} --pattern-size {params.pattern_size:q} --seed {params.seed:q} --log {log:q}"


rule tabulate_tuning:
    input:
        responses=lambda w: f"results/{w.network}/activations/{layer_of(w.network)}/high_low.h5",
        candidates="results/{network}/tables/candidates.tsv",
    output:
        table="results/{network}/tables/tuning.tsv",
        provenance="results/{network}/tables/tuning.provenance.json",
    log:
        "results/{network}/logs/tabulate_tuning.log",
    benchmark:
        "results/{network}/benchmarks/tabulate_tuning.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(2),
    params:
        code=code("tabulate_tuning.py"),
        layer=lambda wildcards: layer_of(wildcards.network),
        units=lambda wildcards: UNITS if wildcards.network == NETWORK else [],
    message:
        "Tabulating the tuning curves of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/tabulate_tuning.py --responses {input.responses:q}'
        " --candidates {input.candidates:q} --layer {params.layer:q} --units {params.units:q} --output {output.table:q}"
        " --log {log:q}"
