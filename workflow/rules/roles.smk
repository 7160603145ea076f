# Which units the circuit figures show. Pictures are made of these units alone.


rule choose_upstream_units:
    input:
        unpack(responses_of_nearest_source),
        detectors=detectors_of,
        expanded_weights=nearest_expanded_weights,
        factors=factor_files,
    output:
        table="results/{network}/tables/upstream_roles.tsv",
        provenance="results/{network}/tables/upstream_roles.provenance.json",
    log:
        "results/{network}/logs/choose_upstream_units.log",
    benchmark:
        "results/{network}/benchmarks/choose_upstream_units.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code("choose_upstream_units.py", "src/highlow/reference/article.yaml"),
        layer=lambda wildcards: pictured(wildcards.network, layer_of(wildcards.network)),
        branch=lambda wildcards: branch_of(wildcards.network),
        units=lambda wildcards: UNITS if wildcards.network == NETWORK else [],
        factors=lambda wildcards, input: [
            f"{source}={path}" for source, path in zip(sources_of(wildcards.network), input.factors)
        ],
        pictured=lambda wildcards: [
            f"{source}={pictured(wildcards.network, source)}" for source in sources_of(wildcards.network)
        ],
        responses=lambda wildcards, input: [f"{family}={input[family]}" for family in STRUCTURE_FAMILIES],
        numbering=lambda wildcards: ["--articles-units"] if has_articles_units(wildcards.network) else [],
    message:
        "Choosing the upstream units that figures of {wildcards.network} show"
    shell:
        'python "$HIGHLOW_SCRIPTS"/choose_upstream_units.py --detectors {input.detectors:q} --branch {params.branch:q}'
        " --units {params.units:q} --layer {params.layer:q} --expanded-weights {input.expanded_weights:q}"
        " --factors {params.factors:q} --pictured {params.pictured:q} --responses {params.responses:q}"
        " {params.numbering:q} --output {output.table:q} --log {log:q}"
