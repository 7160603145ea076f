# Images are listed once for all networks, in shards that merge to one table; every network is searched in shards too,
# which merge to one file a layer.


rule generate_images:
    output:
        folder=directory(GENERATED_IMAGES),
        provenance=f"{GENERATED_IMAGES}.provenance.json",
    log:
        "results/images/logs/generate_images.log",
    benchmark:
        "results/images/benchmarks/generate_images.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(190),
        runtime=minutes(6),
    params:
        code=code("generate_images.py"),
        seed=SEED,
    message:
        "Generating dead leaves and cutting tiles of two photographs"
    shell:
        'python "$HIGHLOW_SCRIPTS"/generate_images.py --output {output.folder:q} --seed {params.seed:q} --log {log:q}'


rule list_images:
    input:
        listed_images,
    output:
        table="results/images/shards/{shard}_of_{shards}.tsv",
        provenance="results/images/shards/{shard}_of_{shards}.provenance.json",
    log:
        "results/images/logs/list_images/{shard}_of_{shards}.log",
    benchmark:
        "results/images/benchmarks/list_images/{shard}_of_{shards}.tsv"
    wildcard_constraints:
        shard="[0-9]+",
        shards="[0-9]+",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(160),
        # Every image of the shard is decoded, and their number is not known before: enough for 20,000 on a slow disk.
        runtime=minutes(240),
    params:
        code=code("list_images.py"),
        # The images enter by what they are: the same ones in another folder rerun nothing.
        manifest=lambda wildcards: images_hash(),
    message:
        "Listing the images, shard {wildcards.shard} of {wildcards.shards}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/list_images.py --manifest {params.manifest:q} --shard {wildcards.shard:q}'
        " --shards {wildcards.shards:q} --output {output.table:q} --log {log:q}"


rule merge_image_tables:
    input:
        image_table_shards(),
    output:
        table="results/images/images.tsv",
        provenance="results/images/images.provenance.json",
    log:
        "results/images/logs/merge_image_tables.log",
    benchmark:
        "results/images/benchmarks/merge_image_tables.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(60),
    params:
        code=code("merge_image_tables.py"),
        manifest=lambda wildcards: images_hash(),
    message:
        "Merging the table of images"
    shell:
        'python "$HIGHLOW_SCRIPTS"/merge_image_tables.py --shards {input:q} --manifest {params.manifest:q}'
        " --output {output.table:q} --log {log:q}"


rule search_examples:
    input:
        generated_images,
        weights="results/{network}/weights.h5",
        images="results/images/images.tsv",
    output:
        "results/{network}/dataset_examples/shards/{shard}_of_{shards}.h5",
    log:
        "results/{network}/logs/search_examples/{shard}_of_{shards}.log",
    benchmark:
        "results/{network}/benchmarks/search_examples/{shard}_of_{shards}.tsv"
    wildcard_constraints:
        shard="[0-9]+",
        shards="[0-9]+",
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(610),
        runtime=minutes_of_images(6, per_image=0.06),
        gpu=GPUS,
    params:
        code=code("search_examples.py"),
        layers=lambda wildcards: example_layers(wildcards.network),
        cropped=lambda wildcards: layer_of(wildcards.network),
        examples=config["dataset_examples"]["count"],
    message:
        "Searching the images for what {wildcards.network} answers most, shard {wildcards.shard} of {wildcards.shards}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/search_examples.py --weights {input.weights:q} --image-table {input.images:q}'
        " --layers {params.layers:q} --cropped {params.cropped:q} --count {params.examples:q} --shard {wildcards.shard:q}"
        " --shards {wildcards.shards:q} --output {output:q} --threads {threads:q} --log {log:q}"


rule merge_examples:
    input:
        example_shards,
    output:
        "results/{network}/dataset_examples/{layer}.h5",
    log:
        "results/{network}/logs/merge_examples/{layer}.log",
    benchmark:
        "results/{network}/benchmarks/merge_examples/{layer}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(270),
        runtime=minutes(300),  # 0.3 s a shard
    params:
        code=code("merge_examples.py"),
    message:
        "Merging the dataset examples of {wildcards.network} {wildcards.layer}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/merge_examples.py --shards {input:q} --layer {wildcards.layer:q} --output {output:q}'
        " --log {log:q}"


rule measure_examples:
    input:
        generated_images,
        detectors=detectors_of,
        examples=lambda w: f"results/{w.network}/dataset_examples/{layer_of(w.network)}.h5",
        images="results/images/images.tsv",
    output:
        table="results/{network}/tables/example_sides.tsv",
        provenance="results/{network}/tables/example_sides.provenance.json",
    log:
        "results/{network}/logs/measure_examples.log",
    benchmark:
        "results/{network}/benchmarks/measure_examples.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(150),
        runtime=minutes(2),
    params:
        code=code("measure_examples.py"),
        branch=lambda wildcards: branch_of(wildcards.network),
        units=lambda wildcards: json.dumps(UNITS if wildcards.network == NETWORK else []),
        seed=SEED,
    message:
        "Measuring the crops of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/measure_examples.py --detectors {input.detectors:q} --examples {input.examples:q}'
        " --image-table {input.images:q} --branch {params.branch:q} --units {params.units:q} --output {output.table:q}"
        " --seed {params.seed:q} --log {log:q}"


rule fig02_dataset_examples:
    input:
        detectors=detectors_of,
        examples=lambda w: f"results/{w.network}/dataset_examples/{layer_of(w.network)}.h5",
        sides="results/{network}/tables/example_sides.tsv",
        pictures=lambda w: f"results/{w.network}/pictures/{layer_of(w.network)}.h5",
    output:
        figure_files("fig02_dataset_examples"),
    log:
        "results/{network}/logs/figures/fig02_dataset_examples.log",
    benchmark:
        "results/{network}/benchmarks/figures/fig02_dataset_examples.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(180),
        runtime=minutes(4),
    params:
        code=code("draw_figure.py", "src/highlow/figures/fig02_dataset_examples.py"),
        figure="fig02_dataset_examples",
        roles=roles,
        settings=lambda wildcards: figure_settings(wildcards, "branch", "units"),
        stem=subpath(output[0], strip_suffix=".svg"),
    message:
        "Drawing fig02_dataset_examples of {wildcards.network}"
    shell:
        DRAW
