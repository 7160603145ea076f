rule measure_tuning:
    input:
        code=code("measure_tuning.py"),
        high_low=lambda w: f"results/{w.network}/activations/{layer_of(w.network)}/high_low.h5",
        high_low_balanced=lambda w: f"results/{w.network}/activations/{layer_of(w.network)}/high_low_balanced.h5",
        uniform=lambda w: f"results/{w.network}/activations/{layer_of(w.network)}/uniform.h5",
        uniform_plaid=lambda w: f"results/{w.network}/activations/{layer_of(w.network)}/uniform_plaid.h5",
    output:
        candidates="results/{network}/tables/candidates.tsv",
        candidates_provenance="results/{network}/tables/candidates.provenance.json",
        tuning="results/{network}/tables/tuning.tsv",
        tuning_provenance="results/{network}/tables/tuning.provenance.json",
    log:
        "results/{network}/logs/measure_tuning.log",
    benchmark:
        "results/{network}/benchmarks/measure_tuning.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        layer=lambda wildcards: layer_of(wildcards.network),
        pattern_size=STIMULI["pattern_size"],
        seed=SEED,
        units=lambda wildcards: UNITS if wildcards.network == NETWORK else [],
    message:
        "Measuring the orientation tuning of {wildcards.network}"
    shell:
        "python {input.code[0]:q} --high-low {input.high_low:q} --high-low-balanced {input.high_low_balanced:q}"
        " --uniform {input.uniform:q} --uniform-plaid {input.uniform_plaid:q} --layer {params.layer:q}"
        " --candidates {output.candidates:q} --tuning {output.tuning:q} --units {params.units}"
        " --pattern-size {params.pattern_size} --seed {params.seed} --log {log:q}"
