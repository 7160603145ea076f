# What units respond to most, optimized; read by every figure that shows a unit.

add_jobs(
    {
        "visualize_features": Job(
            message="Picturing units of {wildcards.network} {wildcards.layer}",
            input={
                "weights": "results/{network}/weights.h5",
                "tables": role_tables,
                "detectors": detectors_if_studied,
                "responses": best_responses,
            },
            output={
                "pictures": "results/{network}/pictures/{layer}.h5",
                "folder": directory("results/{network}/pictures/{layer}"),
            },
            params={
                "detectors": detectors_option,
                "shown": shown_option,
                "every": every_unit_option,
                "settings": PICTURE_SETTINGS,
            },
            command="visualize_features.py --weights {input.weights} --layer {wildcards.layer} --tables {input.tables}"
            " {params.detectors} {params.shown} {params.every} --responses {input.responses} {params.settings}"
            " --output {output.pictures} --folder {output.folder}",
            log="visualize_features/{layer}",
            constraints={"layer": PICTURED},
            gpu=True,
        ),
        "visualize_variations": Job(
            message="Picturing one detector of {wildcards.network} in several ways",
            input={
                "weights": "results/{network}/weights.h5",
                "detectors": detectors_if_studied,
                "responses": best_responses,
            },
            output={"pictures": "results/{network}/pictures/{layer}_diversity.h5"},
            params={"detectors": detectors_option, "shown": shown_option, "settings": PICTURE_SETTINGS},
            command="visualize_features.py --weights {input.weights} --layer {wildcards.layer}"
            " {params.detectors} {params.shown} --variations 6 --responses {input.responses} {params.settings} --output {output.pictures}",
            log="visualize_features/{layer}_diversity",
            constraints={"layer": PICTURED},
            gpu=True,
        ),
        # Of layers that show few units each.
        **for_networks_alike(
            lambda layers: {"visualize_sources": picturing_sources(layers)}, study.pattern_with_controls
        ),
        **for_networks_alike(
            lambda layers: {
                "visualize_factors": picturing_factors(
                    [(source, layers.studied) for source in layers.sources], before=("visualize_other_factors",)
                )
            },
            study.pattern_with_controls,
        ),
        "visualize_other_factors": picturing_factors(
            [("{source}", "{target}")], kind="visualize_factors", log="visualize_features/factors_{source}_to_{target}"
        ),
        "visualize_similar_detectors": Job(
            message="Picturing six detectors of {wildcards.network} where they peak",
            input={"weights": "results/{network}/weights.h5", "shown": "results/{network}/universality/shown.tsv"},
            output={"pictures": "results/{network}/universality/pictures.h5"},
            params={"settings": PICTURE_SETTINGS},
            command="visualize_features.py --weights {input.weights} --tables {input.shown} {params.settings}"
            " --output {output.pictures}",
            gpu=True,
        ),
    }
)
