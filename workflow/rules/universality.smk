# The same circuit in other networks: each is scanned in its own folder by the same rules.

JOBS |= {
    "scan_layers": Job(
        message="Scanning the layers of {wildcards.network} for detectors",
        input={"weights": "results/{network}/weights.h5"},
        output={
            "layers": "results/{network}/universality/layers.tsv",
            "detectors": "results/{network}/universality/detectors.tsv",
            "shown": "results/{network}/universality/shown.tsv",
            "factors": "results/{network}/universality/factors.h5",
            "provenance": provenance_files("{network}/universality", ("layers", "detectors", "shown")),
        },
        params={
            "seeds": config["factors"]["seeds"],
            "seed": SEED,
        },
        command="scan_layers.py --weights {input.weights:q} --layers {output.layers:q}"
        " --detectors {output.detectors:q} --shown {output.shown:q} --factors {output.factors:q}"
        " --seeds {params.seeds:q} --seed {params.seed:q} --threads {threads:q}",
        gpu=True,
    ),
    "tabulate_universality": Job(
        message="Putting {wildcards.network} beside other networks",
        input={"layers": of_each_compared("layers.tsv")},
        output=table_files("universality"),
        params={
            "layers": lambda wildcards, input: [
                f"{name}={path}" for name, path in zip(study.compared(wildcards.network), input.layers)
            ],
            "titles": lambda wildcards: json.dumps(study.titles(study.compared(wildcards.network))),
            "generated": lambda wildcards: [
                name for name in study.compared(wildcards.network) if study.entry(name).generator
            ],
        },
        command="tabulate_universality.py --layers {params.layers:q} --titles {params.titles:q}"
        " --generated {params.generated:q} --output {output.table:q}",
        local=True,
    ),
}
