# A folder in which every unit of the studied layer, its sources and the layer behind it can be looked at. It is no part
# of `all`: pictures of every unit take minutes.

add_jobs(
    {
        "picture_every_unit": Job(
            message="Picturing every unit of {wildcards.network} {wildcards.layer}",
            input={"weights": "results/{network}/weights.h5"},
            output={"pictures": "results/{network}/pictures/every/{layer}.h5"},
            params={"steps": EXPLORER_STEPS, "seed": SEED},
            command="visualize_features.py --weights {input.weights} --layer {wildcards.layer} --all"
            " --steps {params.steps} --seed {params.seed} --output {output.pictures}",
            log="visualize_features/every_{layer}",
            constraints={"layer": EXPLORED},
            gpu=True,
            priority=1,
        ),
        "picture_every_negative": Job(
            message="Picturing what silences every unit of {wildcards.network} {wildcards.layer}",
            input={"weights": "results/{network}/weights.h5"},
            output={"pictures": "results/{network}/pictures/every/{layer}_negative.h5"},
            params={"steps": EXPLORER_STEPS, "seed": SEED},
            command="visualize_features.py --weights {input.weights} --layer {wildcards.layer} --all --negative"
            " --steps {params.steps} --seed {params.seed} --output {output.pictures}",
            log="visualize_features/every_{layer}_negative",
            constraints={"layer": EXPLORED},
            gpu=True,
            priority=1,
        ),
        "export_layer": Job(
            message="Exporting {wildcards.network} {wildcards.layer} for the explorer",
            input={
                "responses": explorer_responses,
                "examples": "results/{network}/dataset_examples/{layer}.h5",
                "pictures": "results/{network}/pictures/every/{layer}.h5",
                "negatives": "results/{network}/pictures/every/{layer}_negative.h5",
                "detectors": detectors_if_studied,
                "factors": lambda wildcards: factor_files(wildcards) if detectors_if_studied(wildcards) else [],
                "over": factors_over,
                "tables": explorer_tables,
                "inputs": explored_weights(1),
                "users": explored_weights(0),
            },
            output={
                "folder": directory("results/{network}/explorer/layers/{layer}"),
                "provenance": "results/{network}/explorer/layers/{layer}.provenance.json",
            },
            params={
                "responses": lambda wildcards, input: [
                    f"{family}={path}" for family, path in zip(explorer_families(wildcards), input.responses)
                ],
                "names": shown_names,
                "studied": explorer_options,
                "pattern_size": pattern_size_of,
                "seed": SEED,
            },
            command="export_layer.py --layer {wildcards.layer} --responses {params.responses}"
            " --examples {input.examples} --pictures {input.pictures} --negatives {input.negatives}"
            " {params.studied} --tables {input.tables} --inputs {input.inputs} --users {input.users}"
            " --names {params.names} --pattern-size {params.pattern_size} --seed {params.seed}"
            " --output {output.folder}",
            log="explorer/{layer}",
        ),
        "export_photographs": Job(
            message="Exporting the photographs for the explorer of {wildcards.network}",
            input={
                "generated": generated_images,
                "examples": lambda wildcards: [
                    f"results/{wildcards.network}/dataset_examples/{layer}.h5" for layer in explored(wildcards.network)
                ],
                "images": image_table,
            },
            output={
                "folder": directory("results/{network}/explorer/photographs"),
                "provenance": "results/{network}/explorer/photographs.provenance.json",
            },
            params={"images": images_option},
            command="export_photographs.py {params.images} --image-table {input.images}"
            " --examples {input.examples} --output {output.folder}",
            log="explorer/photographs",
        ),
        "write_explorer": Job(
            message="Writing the explorer of {wildcards.network}",
            input={
                "layers": lambda wildcards: [
                    f"results/{wildcards.network}/explorer/layers/{layer}.provenance.json"
                    for layer in explored(wildcards.network)
                ],
                "photographs": "results/{network}/explorer/photographs.provenance.json",
                "factors": of_explored_paths("factors/{path}.h5"),
                "pictures": of_explored_paths("pictures/factors/{path}.h5"),
                "stimuli": lambda wildcards: [stimuli_file(wildcards.network, family) for family in shown.FAMILIES],
            },
            output={
                "page": "results/{network}/explorer/index.html",
                "provenance": "results/{network}/explorer/index.provenance.json",
                "program": directory("results/{network}/explorer/program"),
                "site": directory("results/{network}/explorer/page"),
            },
            params={
                "registered": registered("title"),
                "layers": lambda wildcards: [f"{layer}={role}" for layer, role in explored(wildcards.network).items()],
                "names": shown_names,
                "factors": lambda wildcards, input: path_pairs(wildcards, input.factors),
                "pictures": lambda wildcards, input: path_pairs(wildcards, input.pictures),
                "rebuild": lambda wildcards: rebuild_options(wildcards.network),
            },
            command="write_explorer.py --entry {params.registered}"
            " --layers {params.layers} --names {params.names} --factors {params.factors}"
            " --pictures {params.pictures} --stimuli {input.stimuli} --rebuild={params.rebuild}"
            " --output {output.page}",
            reads=EXPLORER_RESOURCES,
        ),
    }
)


rule explorer:
    input:
        f"results/{NETWORK}/explorer/index.html",
    localrule: True
