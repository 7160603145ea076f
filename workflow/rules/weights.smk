# A network's weights come from its file, from a generator, or from the intact network of a control; all end in the same
# weights.h5.


rule extract_weights:
    output:
        weights="results/{network}/weights.h5",
        provenance="results/{network}/weights.provenance.json",
    log:
        "results/{network}/logs/extract_weights.log",
    benchmark:
        "results/{network}/benchmarks/extract_weights.tsv"
    wildcard_constraints:
        network=names_where(lambda found: found.files),
    priority: 10  # missing weights are said before anything else is computed
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(320),
        runtime=minutes(4),
    params:
        code=code("extract_weights.py", *READER_FILES),
        # A weight file enters by its hash, which the entry holds: the same bytes in another folder rerun nothing.
        registered=WEIGHT_FIELDS,
        unregistered=unregistered_hash,
    message:
        "Extracting the weights of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/extract_weights.py --entry {params.registered:q} --output {output.weights:q}'
        " --log {log:q}"


rule generate_network:
    output:
        weights="results/{network}/weights.h5",
        ground_truth="results/{network}/tables/ground_truth.tsv",
        provenance="results/{network}/tables/ground_truth.provenance.json",
    log:
        "results/{network}/logs/generate_network.log",
    benchmark:
        "results/{network}/benchmarks/generate_network.tsv"
    wildcard_constraints:
        network=names_where(lambda found: found.generator),
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(290),
        runtime=minutes(3),
    params:
        code=code("generate_network.py"),
        registered=WEIGHT_FIELDS,
        seed=SEED,
    message:
        "Generating {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/generate_network.py --entry {params.registered:q}'
        " --weights {output.weights:q} --ground-truth {output.ground_truth:q} --seed {params.seed:q} --log {log:q}"


rule destroy_weights:
    input:
        lambda w: f"results/{entry(w.network).base}/weights.h5",
    output:
        "results/{network}/weights.h5",
    log:
        "results/{network}/logs/destroy_weights.log",
    benchmark:
        "results/{network}/benchmarks/destroy_weights.tsv"
    wildcard_constraints:
        network=CONTROL_NAMES,
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(280),
        runtime=minutes(3),
    params:
        code=code("destroy_weights.py"),
        registered=control_fields,
        seed=SEED,
    message:
        "Destroying the weights of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/destroy_weights.py --weights {input:q} --entry {params.registered:q}'
        " --output {output:q} --seed {params.seed:q} --log {log:q}"
