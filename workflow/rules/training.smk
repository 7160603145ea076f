# Training of the embedded network, and what its checkpoints show. Nothing here is a part of `all`: the weights of the
# first run, and the table that all runs give, are shipped with the library.

add_jobs(
    {
        "train_network": Job(
            message="Training on {params.data}, seed {params.seed}",
            output={"file": [f"results/training/{{run}}/{name}" for name in TRAINED_FILES]},
            params={
                "code": code(["train_network.py"]),
                "data": lambda wildcards: run_names.description(wildcards.run)["data"],
                "seed": lambda wildcards: run_names.description(wildcards.run)["seed"],
                "data_seed": SEED,
                "recipe": training_recipe,
                "manifest": training_manifest,
                "photographs": lambda wildcards: one_line(lambda: checked_photographs(wildcards)),
                "folder": lambda wildcards, output: str(Path(output.file[0]).parent),
            },
            command="train_network.py --data {params.data} --manifest={params.manifest}"
            " --code {params.code} --recipe {params.recipe} --seed {params.seed} --data-seed {params.data_seed}"
            " --output {params.folder}",
            folder="training/{run}",
            constraints={"run": run_names.RUN},
            gpu=True,
        ),
        "measure_emergence": Job(
            message="Measuring the checkpoints of {wildcards.run}",
            input={
                "snapshots": "results/training/{run}/snapshots.h5",
                "loss": "results/training/{run}/loss.tsv",
                "report": "results/training/{run}/report.json",
            },
            output=table_files("emergence", "training/{run}"),
            params={"seed": SEED},
            command="measure_emergence.py --run {wildcards.run} --snapshots {input.snapshots}"
            " --loss {input.loss} --report {input.report} --output {output.table} --seed {params.seed}",
            folder="training/{run}",
            constraints={"run": run_names.RUN},
            gpu=True,
        ),
        "scan_trained": Job(
            message="Scanning the layers of {wildcards.run} for detectors: {params.checkpoint} weights",
            input={"snapshots": "results/training/{run}/snapshots.h5"},
            output=table_files("layers{untrained}", "training/{run}"),
            params={
                "checkpoint": lambda wildcards: "first" if wildcards.untrained else "last",
                "seeds": config["factors"]["seeds"],
                "seed": SEED,
            },
            command="scan_trained.py --snapshots {input.snapshots} --checkpoint {params.checkpoint}"
            " --output {output.table} --seeds {params.seeds} --seed {params.seed}",
            log="scan_trained{untrained}",
            folder="training/{run}",
            constraints={"run": run_names.RUN, "untrained": "(?:_untrained)?"},
            gpu=True,
        ),
        "collect_training": Job(
            message="Putting the training runs side by side",
            input={
                "emergence": runs_file("emergence.tsv"),
                "reports": runs_file("report.json"),
                "layers": runs_file("layers.tsv"),
                "untrained": runs_file("layers_untrained.tsv")[0],
            },
            output={
                "table": "results/training/emergence.tsv",
                "runs": "results/training/runs.tsv",
                "provenance": provenance_files("training", ("emergence", "runs")),
            },
            params={"runs": emergence_runs()},
            command="collect_training.py --runs {params.runs} --emergence {input.emergence}"
            " --reports {input.reports} --layers {input.layers} --untrained {input.untrained}"
            " --output {output.table} --output-runs {output.runs}",
            folder="training",
            local=True,
        ),
        # What the package holds of such runs, as a result of the network that it ships.
        "copy_training_record": Job(
            message="Copying what was measured while {wildcards.network} was trained",
            output={
                "emergence": "results/{network}/tables/emergence.tsv",
                "runs": "results/{network}/tables/training_runs.tsv",
                "provenance": provenance_files("{network}/tables", ("emergence", "training_runs")),
            },
            params={
                "code": lambda wildcards: one_line(lambda: training_record_code(wildcards)),
                "record": lambda wildcards: study.entry(wildcards.network).training_record,
            },
            command="copy_training_record.py --record {params.record} --emergence {output.emergence}"
            " --runs {output.runs}",
            constraints={"network": TRAINED_NETWORKS},
            local=True,
        ),
    }
)


rule train_selfsup:
    input:
        expand(
            "results/training/photographs_seed0/{file}",
            file=("weights.safetensors", "report.json", "emergence.tsv", "layers.tsv"),
        ),
    localrule: True


rule train_emergence:
    input:
        "results/training/figures/figx_emergence.svg",
        "results/training/figures/figx_first_layer.svg",
    localrule: True
