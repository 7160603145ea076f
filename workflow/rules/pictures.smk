# What units respond to most, optimized; read by every figure that shows a unit.

JOBS |= {
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
            "shown": lambda wildcards, input, output: [
                *("--layer", wildcards.layer, "--tables", *input.tables, *detectors_option(wildcards)),
                *("--responses", *input.responses, "--folder", output.folder),
            ],
            "settings": PICTURE_SETTINGS,
        },
        command="visualize_features.py --weights {input.weights} {params.shown}"
        " {params.settings} --output {output.pictures}",
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
        params={
            "shown": lambda wildcards, input: [
                *("--layer", wildcards.layer, *detectors_option(wildcards)),
                *("--variations", "6", "--responses", *input.responses),
            ],
            "settings": PICTURE_SETTINGS,
        },
        command="visualize_features.py --weights {input.weights} {params.shown}"
        " {params.settings} --output {output.pictures}",
        log="visualize_features/{layer}_diversity",
        constraints={"layer": PICTURED},
        gpu=True,
    ),
    "visualize_factors": Job(
        message="Picturing the HF and LF factors {wildcards.source} -> {wildcards.target} of {wildcards.network}",
        input={
            "weights": "results/{network}/weights.h5",
            "factors": "results/{network}/factors/{source}_to_{target}.h5",
            "responses": expand(
                "results/{{network}}/activations/{{source}}/{family}.h5", family=("uniform", *SMALL_FAMILIES)
            ),
        },
        output={"pictures": "results/{network}/pictures/factors/{source}_to_{target}.h5"},
        params={
            "shown": lambda wildcards, input: [
                *("--layer", wildcards.source, "--factors", input.factors, "--responses", *input.responses),
            ],
            "settings": PICTURE_SETTINGS,
        },
        command="visualize_features.py --weights {input.weights} {params.shown}"
        " {params.settings} --output {output.pictures}",
        log="visualize_features/factors_{source}_to_{target}",
        gpu=True,
    ),
    "visualize_similar_detectors": Job(
        message="Picturing six detectors of {wildcards.network} where they peak",
        input={
            "weights": "results/{network}/weights.h5",
            "shown": "results/{network}/universality/shown.tsv",
        },
        output={"pictures": "results/{network}/universality/pictures.h5"},
        params={
            "shown": lambda wildcards, input: ["--tables", input.shown],
            "settings": PICTURE_SETTINGS,
        },
        command="visualize_features.py --weights {input.weights} {params.shown}"
        " {params.settings} --output {output.pictures}",
        gpu=True,
    ),
}
