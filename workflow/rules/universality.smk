# The same circuit in other networks: each is scanned in its own folder by the same rules.

add_jobs(
    {
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
            params={"seeds": config["factors"]["seeds"], "seed": SEED},
            command="scan_layers.py --weights {input.weights} --layers {output.layers}"
            " --detectors {output.detectors} --shown {output.shown} --factors {output.factors}"
            " --seeds {params.seeds} --seed {params.seed}",
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
            command="tabulate_universality.py --layers {params.layers} --titles {params.titles}"
            " --generated {params.generated} --output {output.table}",
            local=True,
        ),
    }
)
