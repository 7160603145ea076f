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
        "tabulate_atlas": Job(
            message="Putting the networks of the atlas side by side",
            input={"scans": [f"results/{network}/universality/layers.tsv" for network in study.atlas_scans()]},
            output={
                **{name: f"results/atlas/{name}.tsv" for name in ("atlas", "layers")},
                "provenance": provenance_files("atlas", ("atlas", "layers")),
            },
            params={
                "scans": lambda wildcards, input: [f"{Path(path).parts[-3]}={path}" for path in input.scans],
                "titles": lambda wildcards: json.dumps(study.titles(study.atlas())),
                "origins": lambda wildcards: json.dumps({name: study.weights_origin(name) for name in study.atlas()}),
            },
            command="tabulate_atlas.py --scans {params.scans} --titles {params.titles} --origins {params.origins}"
            " --output {output.atlas} --output-layers {output.layers}",
            folder="atlas",
            local=True,
        ),
    }
)


rule atlas:
    input:
        "results/atlas/figures/atlas.svg",
    localrule: True


rule compare:
    input:
        "results/compare/figures/compare.svg",
    localrule: True
