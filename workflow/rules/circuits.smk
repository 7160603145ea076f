rule expand_weights:
    input:
        weights="results/{network}/weights.h5",
    output:
        "results/{network}/expanded_weights/{source}_to_{target}.h5",
    log:
        "results/{network}/logs/expand_weights/{source}_to_{target}.log",
    benchmark:
        "results/{network}/benchmarks/expand_weights/{source}_to_{target}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(360),
        runtime=minutes(4),
    params:
        code=code("expand_weights.py"),
    message:
        "Composing the weights {wildcards.source} -> {wildcards.target} of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/expand_weights.py --weights {input.weights:q} --source {wildcards.source:q}'
        " --layer {wildcards.target:q} --output {output:q} --log {log:q}"


rule fit_factors:
    input:
        expanded_weights="results/{network}/expanded_weights/{source}_to_{target}.h5",
        candidates="results/{network}/tables/candidates.tsv",
        textures="results/{network}/activations/{source}/uniform_plaid.h5",
    output:
        "results/{network}/factors/{source}_to_{target}.h5",
    log:
        "results/{network}/logs/fit_factors/{source}_to_{target}.log",
    benchmark:
        "results/{network}/benchmarks/fit_factors/{source}_to_{target}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(190),
        runtime=minutes(6),
    params:
        code=code("fit_factors.py"),
        options=factor_options,
        seeds=config["factors"]["seeds"],
        seed=SEED,
    message:
        "Fitting the HF and LF factors {wildcards.source} -> {wildcards.target} of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/fit_factors.py --expanded-weights {input.expanded_weights:q} --candidates {input.candidates:q}'
        " --textures {input.textures:q} {params.options:q} --seeds {params.seeds:q} --seed {params.seed:q}"
        " --output {output:q} --log {log:q}"


rule detect:
    input:
        candidates="results/{network}/tables/candidates.tsv",
        factors=lambda w: f"results/{w.network}/factors/{sources_of(w.network)[0]}_to_{layer_of(w.network)}.h5",
    output:
        table="results/{network}/tables/detectors.tsv",
        provenance="results/{network}/tables/detectors.provenance.json",
    log:
        "results/{network}/logs/detect.log",
    benchmark:
        "results/{network}/benchmarks/detect.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code("detect.py"),
    message:
        "Deciding which units of {wildcards.network} are detectors"
    shell:
        'python "$HIGHLOW_SCRIPTS"/detect.py --candidates {input.candidates:q} --factors {input.factors:q}'
        " --output {output.table:q} --log {log:q}"
