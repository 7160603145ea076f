# Training of the embedded network, and what its checkpoints show. Nothing here is a part of `all`: the weights of the
# first run, and the table that all runs give, are shipped with the library.


rule train_network:
    output:
        [f"results/training/{{run}}/{name}" for name in TRAINED_FILES],
    log:
        "results/training/{run}/logs/train_network.log",
    benchmark:
        "results/training/{run}/benchmarks/train_network.tsv"
    wildcard_constraints:
        run=run_names.RUN,
    conda:
        "../../environment.yml"
    threads: 1  # several seeds share a machine; sums in another order would give other bytes
    resources:
        mem_mb=memory(1100),
        runtime=minutes(210),
        gpu=GPUS,
    params:
        code=code("train_network.py"),
        data=lambda wildcards: run_names.description(wildcards.run)["data"],
        seed=lambda wildcards: run_names.description(wildcards.run)["seed"],
        data_seed=SEED,
        recipe=training_recipe,
        manifest=training_manifest,
        images=lambda wildcards: one_line(lambda: training_images(wildcards)),
        folder=subpath(output[0], parent=True),
    message:
        "Training on {params.data}, seed {params.seed}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/train_network.py --data {params.data:q} --manifest={params.manifest:q}'
        " --code {params.code:q} --recipe {params.recipe:q} --seed {params.seed:q} --data-seed {params.data_seed:q} --threads {threads:q}"
        " --output {params.folder:q} --log {log:q}"


rule measure_emergence:
    input:
        snapshots="results/training/{run}/snapshots.h5",
        loss="results/training/{run}/loss.tsv",
        report="results/training/{run}/report.json",
    output:
        table="results/training/{run}/emergence.tsv",
        provenance="results/training/{run}/emergence.provenance.json",
    log:
        "results/training/{run}/logs/measure_emergence.log",
    benchmark:
        "results/training/{run}/benchmarks/measure_emergence.tsv"
    wildcard_constraints:
        run=run_names.RUN,
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(440),
        runtime=minutes(66),
        gpu=GPUS,
    params:
        code=code("measure_emergence.py"),
        seed=SEED,
    message:
        "Measuring the checkpoints of {wildcards.run}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/measure_emergence.py --run {wildcards.run:q} --snapshots {input.snapshots:q}'
        " --loss {input.loss:q} --report {input.report:q} --output {output.table:q} --seed {params.seed:q} --log {log:q}"


rule scan_trained:
    input:
        "results/training/{run}/snapshots.h5",
    output:
        table="results/training/{run}/layers{untrained}.tsv",
        provenance="results/training/{run}/layers{untrained}.provenance.json",
    log:
        "results/training/{run}/logs/scan_trained{untrained}.log",
    benchmark:
        "results/training/{run}/benchmarks/scan_trained{untrained}.tsv"
    wildcard_constraints:
        run=run_names.RUN,
        untrained="(?:_untrained)?",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(530),
        runtime=minutes(19),
        gpu=GPUS,
    params:
        code=code("scan_trained.py"),
        checkpoint=lambda wildcards: "first" if wildcards.untrained else "last",
        seeds=config["factors"]["seeds"],
        seed=SEED,
    message:
        "Scanning the layers of {wildcards.run} for detectors: {params.checkpoint} weights"
    shell:
        'python "$HIGHLOW_SCRIPTS"/scan_trained.py --snapshots {input:q} --checkpoint {params.checkpoint:q}'
        " --output {output.table:q} --seeds {params.seeds:q} --seed {params.seed:q} --threads {threads:q} --log {log:q}"


rule train_selfsup:
    input:
        expand(
            "results/training/photographs_seed0/{file}",
            file=("weights.safetensors", "report.json", "emergence.tsv", "layers.tsv"),
        ),


rule collect_training:
    input:
        emergence=runs_file("emergence.tsv"),
        reports=runs_file("report.json"),
        layers=runs_file("layers.tsv"),
        untrained=runs_file("layers_untrained.tsv")[0],
    output:
        table="results/training/emergence.tsv",
        runs="results/training/runs.tsv",
        provenance=expand("results/training/{table}.provenance.json", table=("emergence", "runs")),
    log:
        "results/training/logs/collect_training.log",
    benchmark:
        "results/training/benchmarks/collect_training.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(100),
        runtime=minutes(1),
    params:
        code=code("collect_training.py"),
        runs=emergence_runs(),
    message:
        "Putting the training runs side by side"
    shell:
        'python "$HIGHLOW_SCRIPTS"/collect_training.py --runs {params.runs:q} --emergence {input.emergence:q}'
        " --reports {input.reports:q} --layers {input.layers:q} --untrained {input.untrained:q}"
        " --output {output.table:q} --output-runs {output.runs:q} --log {log:q}"


rule draw_emergence:
    input:
        emergence="results/training/emergence.tsv",
        runs="results/training/runs.tsv",
    output:
        training_figure("figx_emergence"),
    log:
        "results/training/logs/figures/figx_emergence.log",
    benchmark:
        "results/training/benchmarks/figures/figx_emergence.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(4),
    params:
        code=code("draw_figure.py", "src/highlow/figures/figx_emergence.py"),
        figure="figx_emergence",
        roles=lambda wildcards, input: [f"{role}={path}" for role, path in input.items()],
        settings=json.dumps({"title": "InceptionV1 stem, trained here", "layer": "mixed3a"}),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing figx_emergence of these runs"
    shell:
        DRAW


rule draw_first_layer:
    input:
        first_seed_file("snapshots.h5"),
    output:
        training_figure("figx_first_layer"),
    log:
        "results/training/logs/figures/figx_first_layer.log",
    benchmark:
        "results/training/benchmarks/figures/figx_first_layer.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(3),
    params:
        code=code("draw_figure.py", "src/highlow/figures/figx_first_layer.py"),
        figure="figx_first_layer",
        roles=lambda wildcards, input: [f"{run}={path}" for run, path in zip(first_seed_runs(), input)],
        settings=json.dumps({}),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing the first layer of these runs"
    shell:
        DRAW


rule train_emergence:
    input:
        "results/training/figures/figx_emergence.svg",
        "results/training/figures/figx_first_layer.svg",


# What the package holds of such runs, as a result of the network that it ships.
rule copy_training_record:
    output:
        emergence="results/{network}/tables/emergence.tsv",
        runs="results/{network}/tables/training_runs.tsv",
        provenance=expand("results/{{network}}/tables/{table}.provenance.json", table=("emergence", "training_runs")),
    log:
        "results/{network}/logs/copy_training_record.log",
    benchmark:
        "results/{network}/benchmarks/copy_training_record.tsv"
    wildcard_constraints:
        network=TRAINED_NETWORKS,
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=lambda wildcards: one_line(lambda: training_record_code(wildcards)),
        record=lambda wildcards: entry(wildcards.network).training_record,
    message:
        "Copying what was measured while {wildcards.network} was trained"
    shell:
        'python "$HIGHLOW_SCRIPTS"/copy_training_record.py --record {params.record:q} --emergence {output.emergence:q}'
        " --runs {output.runs:q} --log {log:q}"


rule figx_emergence:
    input:
        emergence="results/{network}/tables/emergence.tsv",
        runs="results/{network}/tables/training_runs.tsv",
    output:
        figure_files("figx_emergence"),
    log:
        "results/{network}/logs/figures/figx_emergence.log",
    benchmark:
        "results/{network}/benchmarks/figures/figx_emergence.tsv"
    wildcard_constraints:
        network=TRAINED_NETWORKS,
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(4),
    params:
        code=code("draw_figure.py", "src/highlow/figures/figx_emergence.py"),
        figure="figx_emergence",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing figx_emergence of {wildcards.network}"
    shell:
        DRAW
