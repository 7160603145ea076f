# A network's weights come from its file, or from a generator; both end in the same weights.h5.


ruleorder: generate_network > extract_weights


rule extract_weights:
    output:
        "results/{network}/weights.h5",
    log:
        "results/{network}/logs/extract_weights.log",
    benchmark:
        "results/{network}/benchmarks/extract_weights.tsv"
    priority: 10  # missing weights are said before anything else is computed
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("extract_weights.py"),
        # The weight file enters by its hash, which the entry holds: the same bytes in another folder rerun nothing.
        registered=WEIGHT_FIELDS,
    message:
        "Extracting the weights of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/extract_weights.py --entry {params.registered:q} --output {output:q}'
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
        network=GENERATED,
    conda:
        "../../environment.yml"
    threads: 1
    params:
        code=code("generate_network.py"),
        registered=WEIGHT_FIELDS,
        seed=SEED,
    message:
        "Generating {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/generate_network.py --entry {params.registered:q}'
        " --weights {output.weights:q} --ground-truth {output.ground_truth:q} --seed {params.seed} --log {log:q}"
