# A network's weights come from its file, from a generator, or from the intact network of a control; all end in the same
# weights.h5.

add_jobs(
    {
        "extract_weights": Job(
            message="Extracting the weights of {wildcards.network}",
            output={
                "weights": "results/{network}/weights.h5",
                "provenance": "results/{network}/weights.provenance.json",
            },
            params={
                # A weight file enters by its hash, which the entry holds: the same bytes elsewhere rerun nothing.
                "registered": weight_fields,
                "unregistered": unregistered_hash,
            },
            command="extract_weights.py --entry {params.registered} --output {output.weights}",
            reads=READER_FILES,
            constraints={"network": study.pattern_of(lambda found: found.files or found.module)},
            priority=10,  # missing weights are said before anything else is computed
        ),
        "generate_network": Job(
            message="Generating {wildcards.network}",
            output={
                "weights": "results/{network}/weights.h5",
                "ground_truth": "results/{network}/tables/ground_truth.tsv",
                "provenance": "results/{network}/tables/ground_truth.provenance.json",
            },
            params={"registered": weight_fields, "seed": SEED},
            command="generate_network.py --entry {params.registered}"
            " --weights {output.weights} --ground-truth {output.ground_truth} --seed {params.seed}",
            constraints={"network": study.pattern_of(lambda found: found.generator)},
        ),
        "destroy_weights": Job(
            message="Destroying the weights of {wildcards.network}",
            input={"weights": lambda wildcards: f"results/{study.intact(wildcards.network)}/weights.h5"},
            output={"file": "results/{network}/weights.h5"},
            params={"registered": lambda wildcards: json.dumps(study.control_entry(wildcards.network)), "seed": SEED},
            command="destroy_weights.py --weights {input.weights} --entry {params.registered}"
            " --output {output.file} --seed {params.seed}",
            constraints={"network": study.pattern_of_controls()},
        ),
    }
)
