rule extract_weights:
    input:
        code=code("extract_weights.py"),
    output:
        "results/{network}/weights.h5",
    log:
        "results/{network}/logs/extract_weights.log",
    benchmark:
        "results/{network}/benchmarks/extract_weights.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        # The file enters by its hash: the same bytes in another folder rerun nothing.
        sha256=lambda wildcards: entry(wildcards.network).sha256,
        seed=lambda wildcards: SEED if entry(wildcards.network).generator else 0,
        networks=lambda wildcards: json.dumps(
            {wildcards.network: config["networks"][wildcards.network]}
            if wildcards.network in config["networks"]
            else {}
        ),
    message:
        "Extracting the weights of {wildcards.network}"
    shell:
        "python {input.code[0]:q} {wildcards.network:q} --output {output:q} --seed {params.seed}"
        " --networks {params.networks:q} --log {log:q}"


rule write_ground_truth:
    input:
        code=code("write_ground_truth.py"),
    output:
        table="results/planted/tables/ground_truth.tsv",
        provenance="results/planted/tables/ground_truth.provenance.json",
    log:
        "results/planted/logs/write_ground_truth.log",
    benchmark:
        "results/planted/benchmarks/write_ground_truth.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        seed=SEED,
    message:
        "Writing what was planted"
    shell:
        "python {input.code[0]:q} --output {output.table:q} --seed {params.seed} --log {log:q}"
