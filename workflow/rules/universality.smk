# The same circuit in other networks: each is scanned in its own folder by the same rules.


rule scan_layers:
    input:
        "results/{network}/weights.h5",
    output:
        layers="results/{network}/universality/layers.tsv",
        detectors="results/{network}/universality/detectors.tsv",
        shown="results/{network}/universality/shown.tsv",
        factors="results/{network}/universality/factors.h5",
        provenance=expand(
            "results/{{network}}/universality/{table}.provenance.json", table=("layers", "detectors", "shown")
        ),
    log:
        "results/{network}/logs/scan_layers.log",
    benchmark:
        "results/{network}/benchmarks/scan_layers.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(550),
        runtime=minutes(25),
        gpu=GPUS,
    params:
        code=code("scan_layers.py"),
        seeds=config["factors"]["seeds"],
        seed=SEED,
    message:
        "Scanning the layers of {wildcards.network} for detectors"
    shell:
        'python "$HIGHLOW_SCRIPTS"/scan_layers.py --weights {input:q} --layers {output.layers:q}'
        " --detectors {output.detectors:q} --shown {output.shown:q} --factors {output.factors:q}"
        " --seeds {params.seeds:q} --seed {params.seed:q} --threads {threads:q} --log {log:q}"


rule visualize_similar_detectors:
    input:
        weights="results/{network}/weights.h5",
        shown="results/{network}/universality/shown.tsv",
    output:
        "results/{network}/universality/pictures.h5",
    log:
        "results/{network}/logs/visualize_similar_detectors.log",
    benchmark:
        "results/{network}/benchmarks/visualize_similar_detectors.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(410),
        runtime=minutes(9),
        gpu=GPUS,
    params:
        code=code("visualize_features.py"),
        settings=PICTURE_SETTINGS,
    message:
        "Picturing six detectors of {wildcards.network} where they peak"
    shell:
        'python "$HIGHLOW_SCRIPTS"/visualize_features.py --weights {input.weights:q} --tables {input.shown:q}'
        " {params.settings:q} --output {output:q} --log {log:q}"


rule tabulate_universality:
    input:
        layers=lambda w: universality_files(w.network, "layers.tsv"),
    output:
        table="results/{network}/tables/universality.tsv",
        provenance="results/{network}/tables/universality.provenance.json",
    log:
        "results/{network}/logs/tabulate_universality.log",
    benchmark:
        "results/{network}/benchmarks/tabulate_universality.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code("tabulate_universality.py"),
        layers=lambda wildcards, input: [
            f"{name}={path}" for name, path in zip(compared_networks(wildcards.network), input.layers)
        ],
        titles=lambda wildcards: json.dumps(titles_of(compared_networks(wildcards.network))),
        generated=lambda wildcards: [name for name in compared_networks(wildcards.network) if entry(name).generator],
    message:
        "Putting {wildcards.network} beside other networks"
    shell:
        'python "$HIGHLOW_SCRIPTS"/tabulate_universality.py --layers {params.layers:q} --titles {params.titles:q}'
        " --generated {params.generated:q} --output {output.table:q} --log {log:q}"
