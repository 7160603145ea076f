# Images are listed once for all networks, in shards that merge to one table; every network is searched in shards too,
# which merge to one file a layer. What a layer answers to every image is computed on request.

add_jobs(
    {
        "generate_images": Job(
            message="Generating dead leaves and cutting tiles of two photographs",
            output={"folder": directory(GENERATED_IMAGES), "provenance": f"{GENERATED_IMAGES}.provenance.json"},
            params={"seed": SEED},
            command="generate_images.py --output {output.folder} --seed {params.seed}",
            folder="images",
        ),
        "list_images": Job(
            message="Listing the images, shard {wildcards.shard} of {wildcards.shards}",
            input={"generated": listed_images},
            output=table_files("{images}_{shard}_of_{shards}", "images/shards"),
            params={
                # The images enter by what they are: the same ones in another folder rerun nothing.
                "manifest": lambda wildcards: images_hash(),
                "images": images_option,
            },
            command="list_images.py {params.images} --manifest {params.manifest} --shard {wildcards.shard}"
            " --shards {wildcards.shards} --output {output.table}",
            log="list_images/{images}_{shard}_of_{shards}",
            folder="images",
            constraints=IMAGE_SET,
        ),
        "merge_image_tables": Job(
            message="Merging the table of images",
            input={"shards": image_table_shards},
            output=table_files("{images}", "images/tables"),
            params={"manifest": lambda wildcards: images_hash()},
            command="merge_image_tables.py --shards {input.shards} --manifest {params.manifest}"
            " --output {output.table}",
            log="merge_image_tables/{images}",
            folder="images",
            constraints=IMAGE_SET,
        ),
        "search_examples": Job(
            message="Searching the images for {wildcards.network}, shard {wildcards.shard} of {wildcards.shards}",
            input={
                "generated": generated_images,
                "weights": "results/{network}/weights.h5",
                "images": image_table,
            },
            output={"file": "results/{network}/dataset_examples/shards/{shard}_of_{shards}.h5"},
            params={
                "images": images_option,
                "layers": lambda wildcards: study.searched(wildcards.network),
                "cropped": studied_layer,
                "examples": config["dataset_examples"]["count"],
            },
            command="search_examples.py {params.images} --weights {input.weights} --image-table {input.images}"
            " --layers {params.layers} --cropped {params.cropped} --count {params.examples} --shard {wildcards.shard}"
            " --shards {wildcards.shards} --output {output.file}",
            log="search_examples/{shard}_of_{shards}",
            gpu=True,
            per_image=0.06,
        ),
        **for_networks_alike(
            lambda layers: {"merge_examples": merging(layers.searched, before=("merge_other_examples",))},
            study.pattern_with_controls,
        ),
        "merge_other_examples": merging(("{layer}",), kind="merge_examples", log="merge_examples/{layer}"),
        "measure_examples": Job(
            message="Measuring the crops of {wildcards.network}",
            input={
                "generated": generated_images,
                "detectors": DETECTORS,
                "examples": filled("dataset_examples/{layer}.h5"),
                "images": image_table,
            },
            output=table_files("example_sides"),
            params={
                "images": images_option,
                "branch": branch_of,
                "units": lambda wildcards: json.dumps(studied_units(wildcards)),
                "pattern_size": pattern_size_of,
                "seed": SEED,
            },
            command="measure_examples.py {params.images} --detectors {input.detectors} --examples {input.examples}"
            " --image-table {input.images} --branch {params.branch} --units {params.units} --output {output.table}"
            " --pattern-size {params.pattern_size} --seed {params.seed}",
        ),
        "compute_image_responses": Job(
            message="Answering images with {wildcards.network} {wildcards.layer}, {wildcards.shard} of {wildcards.shards}",
            input={
                "generated": generated_images,
                "weights": "results/{network}/weights.h5",
                "images": image_table,
            },
            output={
                # The merged file has all of it.
                "file": temp("results/{network}/image_responses/shards/{layer}_{shard}_of_{shards}.h5"),
            },
            params={"images": images_option},
            command="compute_image_responses.py {params.images} --weights {input.weights} --image-table {input.images}"
            " --layer {wildcards.layer} --shard {wildcards.shard} --shards {wildcards.shards} --output {output.file}",
            log="compute_image_responses/{layer}_{shard}_of_{shards}",
            gpu=True,
            per_image=0.06,
        ),
        "merge_image_responses": Job(
            message="Merging what {wildcards.network} {wildcards.layer} answers to the images",
            input={
                "shards": lambda wildcards: shard_files(
                    f"results/{wildcards.network}/image_responses", prefix=f"{wildcards.layer}_"
                )
            },
            output={"file": "results/{network}/image_responses/{layer}.h5"},
            command="merge_image_responses.py --shards {input.shards} --output {output.file}",
            log="merge_image_responses/{layer}",
        ),
    }
)


rule images:
    input:
        image_table,
    localrule: True
