# Training of the embedded network, and what its checkpoints show. Nothing here is a part of `all`: the weights of the
# first run, and the table that all runs give, are shipped with the library.

JOBS |= {
    "train_network": Job(
        message="Training on {params.data}, seed {params.seed}",
        output={"file": [f"results/training/{{run}}/{name}" for name in TRAINED_FILES]},
        params={
            "data": lambda wildcards: run_names.description(wildcards.run)["data"],
            "seed": lambda wildcards: run_names.description(wildcards.run)["seed"],
            "data_seed": SEED,
            "recipe": training_recipe,
            "manifest": training_manifest,
            "images": lambda wildcards: one_line(lambda: training_images(wildcards)),
            "folder": subpath(output[0], parent=True),
        },
        command="train_network.py --data {params.data:q} --manifest={params.manifest:q}"
        " --code {params.code:q} --recipe {params.recipe:q} --seed {params.seed:q} --data-seed {params.data_seed:q} --threads {threads:q}"
        " --output {params.folder:q}",
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
        command="measure_emergence.py --run {wildcards.run:q} --snapshots {input.snapshots:q}"
        " --loss {input.loss:q} --report {input.report:q} --output {output.table:q} --seed {params.seed:q}",
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
        command="scan_trained.py --snapshots {input.snapshots:q} --checkpoint {params.checkpoint:q}"
        " --output {output.table:q} --seeds {params.seeds:q} --seed {params.seed:q} --threads {threads:q}",
        log="scan_trained{untrained}",
        folder="training/{run}",
        constraints={
            "run": run_names.RUN,
            "untrained": "(?:_untrained)?",
        },
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
        command="collect_training.py --runs {params.runs:q} --emergence {input.emergence:q}"
        " --reports {input.reports:q} --layers {input.layers:q} --untrained {input.untrained:q}"
        " --output {output.table:q} --output-runs {output.runs:q}",
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
        command="copy_training_record.py --record {params.record:q} --emergence {output.emergence:q}"
        " --runs {output.runs:q}",
        constraints={"network": TRAINED_NETWORKS},
        local=True,
    ),
}


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
