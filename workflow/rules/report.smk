# Tables that the article page shows, where a network has them.
PAGE_TABLES = ("downstream_top20", "universality", "training_runs")


rule score_claims:
    input:
        detectors=detectors_of,
        factors=factor_files,
        ground_truth=ground_truth_of,
        further=lambda w: [path for paths in further_evidence(w.network).values() for path in paths],
        controls=lambda w: [
            f"results/{name}/scorecard.tsv" for names in controls_of(w.network).values() for name in names
        ],
    output:
        table="results/{network}/scorecard.tsv",
        provenance="results/{network}/scorecard.provenance.json",
    log:
        "results/{network}/logs/score_claims.log",
    benchmark:
        "results/{network}/benchmarks/score_claims.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code("score_claims.py", "src/highlow/reference/article.yaml"),
        factors=lambda wildcards, input: [
            f"{source}={path}" for source, path in zip(sources_of(wildcards.network), input.factors)
        ],
        ground_truth=lambda wildcards, input: ["--ground-truth", *input.ground_truth] if input.ground_truth else [],
        controls=lambda wildcards: [
            f"{kind}=results/{name}/scorecard.tsv"
            for kind, names in controls_of(wildcards.network).items()
            for name in names
        ],
        numbering=lambda wildcards: ["--articles-network"] if has_articles_units(wildcards.network) else [],
        further=lambda wildcards: [
            word for option, paths in further_evidence(wildcards.network).items() for word in (option, *paths)
        ],
        branch=lambda wildcards: branch_of(wildcards.network),
        seed=SEED,
    message:
        "Scoring the article's claims on {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/score_claims.py --detectors {input.detectors:q} --factors {params.factors:q}'
        " {params.ground_truth:q} --controls {params.controls:q} {params.numbering:q} {params.further:q}"
        " --branch {params.branch:q} --seed {params.seed:q} --output {output.table:q} --log {log:q}"


rule write_page:
    input:
        figures=lambda w: [f"results/{w.network}/figures/{figure}.svg" for figure in figures_of(w.network)],
        beside=lambda w: [
            f"results/{w.network}/figures/{figure}.{suffix}"
            for figure in figures_of(w.network)
            for suffix in ("png", "tsv", "json")
        ],
        tables=lambda w: [path for path in contract_files(w.network) if Path(path).stem in PAGE_TABLES],
        scorecard="results/{network}/scorecard.tsv",
        detectors=detectors_of,
        weights=weight_provenance_of,
    output:
        page="results/{network}/report/index.html",
        provenance="results/{network}/report/index.provenance.json",
        figures=directory("results/{network}/report/figures"),
    log:
        "results/{network}/logs/write_page.log",
    benchmark:
        "results/{network}/benchmarks/write_page.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code(
            "write_page.py",
            "src/highlow/figures/page.html.jinja",
            "src/highlow/figures/page.css",
            "src/highlow/figures/page_text.yaml",
            "src/highlow/figures/page_methods.yaml",
            *sorted(str(path.relative_to(BASE)) for path in (BASE / "workflow/report").glob("*.rst")),
        ),
        registered=registered(
            *("title", "architecture", "generator", "source", "layer"),
            *("control", "draw", "base", "fingerprint", "downstream", "embedded"),
        ),
        layer=lambda wildcards: layer_of(wildcards.network),
        weights=lambda wildcards, input: ["--weights", *input.weights] if input.weights else [],
        rebuild=lambda wildcards: rebuild_options(wildcards.network),
    message:
        "Writing the article page of {wildcards.network}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/write_page.py --layer {params.layer:q} --figures {input.figures:q}'
        ' --captions "$HIGHLOW_SCRIPTS"/../workflow/report --tables {input.tables:q}'
        " --scorecard {input.scorecard:q} --detectors {input.detectors:q} {params.weights:q}"
        " --entry {params.registered:q} --rebuild={params.rebuild:q} --output {output.page:q} --log {log:q}"
