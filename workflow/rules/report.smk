# The article's claims as measured, and the page that shows everything.

add_jobs(
    {
        "score_claims": Job(
            message="Scoring the article's claims on {wildcards.network}",
            input={
                "detectors": DETECTORS,
                "factors": factor_files,
                "ground_truth": ground_truth_of,
                "further": lambda wildcards: [
                    path for paths in further_evidence(wildcards.network).values() for path in paths
                ],
                "controls": lambda wildcards: [path for _, path in control_scorecards(wildcards.network)],
                "experiments": lambda wildcards: experiment_tables(wildcards.network),
            },
            output=table_files("scorecard", "{network}"),
            params={
                "factors": source_pairs,
                "ground_truth": lambda wildcards, input: (
                    ["--ground-truth", *input.ground_truth] if input.ground_truth else []
                ),
                "controls": lambda wildcards, input: [
                    f"{kind}={path}" for (kind, _), path in zip(control_scorecards(wildcards.network), input.controls)
                ],
                "experiments": lambda wildcards, input: [
                    f"{name}={path}" for name, path in zip(experiments_of(wildcards.network), input.experiments)
                ],
                "numbering": articles_network,
                "further": further_option,
                "branch": branch_of,
                "seed": SEED,
            },
            command="score_claims.py --detectors {input.detectors} --factors {params.factors}"
            " {params.ground_truth} --controls {params.controls} --experiments {params.experiments} {params.numbering} {params.further}"
            " --branch {params.branch} --seed {params.seed} --network {wildcards.network}"
            " --output {output.table}",
            reads=[
                "src/highlow/reference/article.yaml",
                *(f"src/highlow/experiments/{name}/claims.py" for name in EXPERIMENTS),
            ],
            local=True,
        ),
        "write_page": Job(
            message="Writing the article page of {wildcards.network}",
            input={
                "figures": lambda wildcards: [
                    f"results/{wildcards.network}/figures/{figure}.svg" for figure in figures_of(wildcards.network)
                ],
                "beside": lambda wildcards: [
                    f"results/{wildcards.network}/figures/{figure}.{suffix}"
                    for figure in figures_of(wildcards.network)
                    for suffix in ("png", "tsv", "json")
                ],
                "tables": lambda wildcards: [
                    path for path in contract_files(wildcards.network) if Path(path).stem in PAGE_TABLES
                ],
                "scorecard": "results/{network}/scorecard.tsv",
                "detectors": DETECTORS,
                "weights": weight_provenance_of,
            },
            output={
                "page": "results/{network}/report/index.html",
                "provenance": "results/{network}/report/index.provenance.json",
                "figures": directory("results/{network}/report/figures"),
            },
            params={
                "registered": registered(
                    *("title", "architecture", "generator", "source", "layer"),
                    *("control", "draw", "base", "fingerprint", "downstream", "embedded"),
                ),
                "layer": studied_layer,
                "depth": lambda wildcards: list(study.depth(wildcards.network) or ()),
                "weights": lambda wildcards, input: ["--weights", *input.weights] if input.weights else [],
                "rebuild": lambda wildcards: rebuild_options(wildcards.network),
                "explored": explored_names,
            },
            command="write_page.py --layer {params.layer} --depth {params.depth} --figures {input.figures}"
            " --tables {input.tables} --explored {params.explored}"
            " --scorecard {input.scorecard} --detectors {input.detectors} {params.weights}"
            " --entry {params.registered} --rebuild={params.rebuild} --output {output.page}",
            reads=PAGE_FILES,
            local=True,
        ),
    }
)
