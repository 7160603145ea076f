# How layers are wired: weights between them, their factors, which units are detectors, what they are made of, and how
# the layer behind uses them. A network without a registered layer behind has none of the files of the last rule.

add_jobs(
    {
        **for_networks_alike(
            lambda layers: {"expand_weights": expanding(layers.wired(), before=("expand_other_weights",))},
            study.pattern_of_intact,
        ),
        # From every source at once: starting a job takes longer than most of them.
        **for_networks_alike(
            lambda layers: {"fit_factors": fitting(layers.wired(), before=("fit_other_factors",))},
            study.pattern_of_intact,
        ),
        **for_networks_alike(
            lambda layers: {"fit_control_factors": fitting(layers.wired(control=True), before=("fit_other_factors",))},
            study.pattern_of_controls,
        ),
        "expand_other_weights": expanding([("{source}", "{target}")], log="expand_other_weights/{source}_to_{target}"),
        "fit_other_factors": fitting([("{source}", "{target}")], log="fit_other_factors/{source}_to_{target}"),
        "detect": Job(
            message="Deciding which units of {wildcards.network} are detectors",
            input={
                "candidates": "results/{network}/tables/candidates.tsv",
                "factors": filled("factors/{source}_to_{layer}.h5"),
            },
            output=table_files("detectors"),
            command="detect.py --candidates {input.candidates} --factors {input.factors} --output {output.table}",
            local=True,
        ),
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
        # Which units of the layer behind use the detectors, what for, and which of these the figures show.
        "classify_downstream": Job(
            message="Telling what {params.layer} of {wildcards.network} uses the detectors for",
            input={
                "expanded_weights": filled("expanded_weights/{layer}_to_{downstream}.h5"),
                "detectors": DETECTORS,
                "stimuli": lambda wildcards: stimuli_file(wildcards.network, shown.DOWNSTREAM),
                "responses": filled(f"activations/{{downstream}}/{shown.DOWNSTREAM}.h5"),
                "input_responses": lambda wildcards: [
                    f"results/{wildcards.network}/activations/{study.layer(wildcards.network)}/{family}.h5"
                    for family in INPUT_FAMILIES
                ],
            },
            output={
                **{name: f"results/{{network}}/tables/{name}.tsv" for name in DOWNSTREAM_TABLES},
                "provenance": provenance_files("{network}/tables", DOWNSTREAM_TABLES),
            },
            params={
                "layer": lambda wildcards: study.downstream(wildcards.network),
                "branch": branch_of,
                "numbering": articles_network,
                "seed": SEED,
            },
            command=in_turn(
                "classify_inputs.py --detectors {input.detectors} --responses {input.input_responses}"
                " --output {output.input_kinds}",
                "classify_downstream.py --layer {params.layer} --branch {params.branch}"
                " --expanded-weights {input.expanded_weights} --detectors {input.detectors} --stimuli {input.stimuli}"
                " --responses {input.responses} --seed {params.seed} --output {output.downstream_units}",
                "select_downstream.py --units {output.downstream_units} --inputs {output.input_kinds}"
                " --expanded-weights {input.expanded_weights} --detectors {input.detectors} --branch {params.branch}"
                " {params.numbering} --top {output.downstream_top20} --roles {output.downstream_roles}",
            ),
            reads=["src/highlow/reference/article.yaml"],
        ),
    }
)
