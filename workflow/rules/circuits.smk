# How layers are wired: weights between them, their factors, which units are detectors, what they are made of, and how
# the layer behind uses them. A network without a registered layer behind has none of the files of the last three rules.

add_jobs(
    {
        **for_networks_alike(
            lambda layers: {"expand_weights": expanding(layers.wired(), before=("expand_other_weights",))},
            study.pattern_of_intact,
        ),
        # From every source at once: starting a job takes longer than most of them.
        **for_networks_alike(
            lambda layers: {"fit_factors": fitting(layers.sources, layers.studied, before=("fit_other_factors",))},
            study.pattern_of_intact,
        ),
        **for_networks_alike(lambda layers: {"search_control": searching(layers)}, study.pattern_of_controls),
        "expand_other_weights": expanding([("{source}", "{target}")], log="expand_other_weights/{source}_to_{target}"),
        "fit_other_factors": fitting(["{source}"], "{target}", log="fit_other_factors/{source}_to_{target}"),
        "detect": detecting(),
        # Which units the figures of circuits show; pictures are made of these alone.
        "choose_upstream_units": Job(
            message="Choosing the upstream units that figures of {wildcards.network} show",
            input={
                **responses_to(STRUCTURE_FAMILIES, "{source}"),
                "detectors": DETECTORS,
                "expanded_weights": filled("expanded_weights/{source}_to_{layer}.h5"),
                "factors": factor_files,
            },
            output=table_files("upstream_roles"),
            params={
                "layer": lambda wildcards: study.pictured(wildcards.network, study.layer(wildcards.network)),
                "branch": branch_of,
                "units": studied_units,
                "factors": source_pairs,
                "pictured": lambda wildcards: [
                    f"{source}={study.pictured(wildcards.network, source)}"
                    for source in study.sources(wildcards.network)
                ],
                "responses": lambda wildcards, input: [f"{family}={input[family]}" for family in STRUCTURE_FAMILIES],
                "numbering": lambda wildcards: (
                    ["--articles-units"] if study.has_articles_units(wildcards.network) else []
                ),
            },
            command="choose_upstream_units.py --detectors {input.detectors} --branch {params.branch}"
            " --units {params.units} --layer {params.layer} --expanded-weights {input.expanded_weights}"
            " --factors {params.factors} --pictured {params.pictured} --responses {params.responses}"
            " {params.numbering} --output {output.table}",
            reads=["src/highlow/reference/article.yaml"],
            local=True,
        ),
        "classify_inputs": Job(
            message="Telling the kinds of units of {wildcards.network} apart",
            input={
                "detectors": DETECTORS,
                "responses": lambda wildcards: [
                    f"results/{wildcards.network}/activations/{study.layer(wildcards.network)}/{family}.h5"
                    for family in INPUT_FAMILIES
                ],
            },
            output=table_files("input_kinds"),
            command="classify_inputs.py --detectors {input.detectors} --responses {input.responses}"
            " --output {output.table}",
            local=True,
        ),
        "classify_downstream": Job(
            message="Telling what {params.layer} of {wildcards.network} uses the detectors for",
            input={
                "expanded_weights": filled("expanded_weights/{layer}_to_{downstream}.h5"),
                "detectors": DETECTORS,
                "stimuli": lambda wildcards: stimuli_file(wildcards.network, shown.DOWNSTREAM),
                "responses": filled(f"activations/{{downstream}}/{shown.DOWNSTREAM}.h5"),
            },
            output=table_files("downstream_units"),
            params={"layer": lambda wildcards: study.downstream(wildcards.network), "branch": branch_of, "seed": SEED},
            command="classify_downstream.py --layer {params.layer} --branch {params.branch}"
            " --expanded-weights {input.expanded_weights} --detectors {input.detectors} --stimuli {input.stimuli}"
            " --responses {input.responses} --seed {params.seed} --output {output.table}",
        ),
        "select_downstream": Job(
            message="Choosing the units of {wildcards.network} that use the detectors",
            input={
                "units": "results/{network}/tables/downstream_units.tsv",
                "inputs": "results/{network}/tables/input_kinds.tsv",
                "expanded_weights": filled("expanded_weights/{layer}_to_{downstream}.h5"),
                "detectors": DETECTORS,
            },
            output={
                "top": "results/{network}/tables/downstream_top20.tsv",
                "roles": "results/{network}/tables/downstream_roles.tsv",
                "provenance": provenance_files("{network}/tables", ("downstream_top20", "downstream_roles")),
            },
            params={"branch": branch_of, "numbering": articles_network},
            command="select_downstream.py --units {input.units} --inputs {input.inputs}"
            " --expanded-weights {input.expanded_weights} --detectors {input.detectors} --branch {params.branch}"
            " {params.numbering} --top {output.top} --roles {output.roles}",
            reads=["src/highlow/reference/article.yaml"],
            local=True,
        ),
    }
)
