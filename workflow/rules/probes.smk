# What networks are shown, what their units answer, and how that depends on the orientation.

add_jobs(
    {
        "generate_stimuli": Job(
            message="Generating the stimulus family {wildcards.family}",
            output={"file": "results/stimuli/{fitted}{family}.h5"},
            params={"options": family_options},
            command="generate_stimuli.py {wildcards.family} --output {output.file} {params.options}",
            log="{fitted}{family}",
            folder="stimuli",
        ),
        "compute_responses": Job(
            message="Computing the responses of {wildcards.network} {wildcards.layer} to {wildcards.family}",
            input={
                "weights": "results/{network}/weights.h5",
                "stimuli": lambda wildcards: stimuli_file(wildcards.network, wildcards.family),
            },
            output={"file": "results/{network}/activations/{layer}/{family}.h5"},
            command="compute_responses.py --weights {input.weights} --layer {wildcards.layer}"
            " --stimuli {input.stimuli} --output {output.file}",
            log="compute_responses/{layer}_{family}",
            constraints={"family": "|".join((*LARGE_FAMILIES, DOWNSTREAM_FAMILY))},
            gpu=True,
        ),
        # One job for all families of a few hundred stimuli: starting it takes longer than running it.
        "compute_control_responses": Job(
            message="Computing the responses of {wildcards.network} {wildcards.layer} to control stimuli",
            input={
                "weights": "results/{network}/weights.h5",
                "stimuli": lambda wildcards: [stimuli_file(wildcards.network, family) for family in SMALL_FAMILIES],
            },
            output={"file": expand("results/{{network}}/activations/{{layer}}/{family}.h5", family=SMALL_FAMILIES)},
            command="compute_responses.py --weights {input.weights} --layer {wildcards.layer}"
            " --stimuli {input.stimuli} --output {output.file}",
            log="compute_control_responses/{layer}",
            gpu=True,
        ),
        "measure_tuning": Job(
            message="Measuring the orientation tuning of {wildcards.network}",
            input=responses_to(FAMILIES),
            output=table_files("candidates"),
            params={
                "responses": lambda wildcards, input: [
                    word for family, path in input.items() for word in (f"--{family.replace('_', '-')}", path)
                ],
                "layer": studied_layer,
                "pattern_size": pattern_size_of,
                "seed": SEED,
            },
            command="measure_tuning.py {params.responses} --layer {params.layer}"
            " --candidates {output.table} --pattern-size {params.pattern_size} --seed {params.seed}",
        ),
        "tabulate_tuning": Job(
            message="Tabulating the tuning curves of {wildcards.network}",
            input={
                "responses": filled("activations/{layer}/high_low.h5"),
                "candidates": "results/{network}/tables/candidates.tsv",
            },
            output=table_files("tuning"),
            params={"layer": studied_layer, "units": studied_units},
            command="tabulate_tuning.py --responses {input.responses}"
            " --candidates {input.candidates} --layer {params.layer} --units {params.units} --output {output.table}",
        ),
    }
)
