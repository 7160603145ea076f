# What networks are shown, what their units answer, and how that depends on the orientation.

add_jobs(
    {
        "generate_stimuli": generating(shown.GRID, {**GRID_SETTINGS, "seed": SEED}),
        "generate_other_stimuli": generating(shown.OTHERS, {"phases": STIMULI["phases"]}),
        # Apart is what may be another's, where another layer is studied: then it is computed anew, and the rest is not.
        **for_networks_alike(
            lambda layers: {
                "compute_responses": answering(layers.shown(), before=ONE_BY_ONE),
                "compute_source_responses": answering(layers.sources_shown(), before=ONE_BY_ONE),
                "compute_further_responses": answering(layers.further_shown(), before=ONE_BY_ONE),
            },
            study.pattern_of_intact,
        ),
        **for_networks_alike(lambda layers: {"probe_control": probing(layers)}, study.pattern_of_controls),
        # Of any other network and layer; one job for all families of a few hundred stimuli.
        "compute_other_responses": answering(
            [("{layer}", "{family}")],
            log="compute_other_responses/{layer}_{family}",
            constraints={"family": "|".join((*shown.GRID, "uniform", shown.DOWNSTREAM))},
        ),
        "compute_control_responses": answering(
            [("{layer}", family) for family in shown.SMALL], log="compute_control_responses/{layer}"
        ),
        "measure_tuning": Job(
            message="Measuring the orientation tuning of {wildcards.network}",
            input=responses_to(shown.FAMILIES),
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
