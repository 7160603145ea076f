# Which units the circuit figures show. Their pictures are made for these units alone.

# Edges that tell one side from the other, and textures that do not: what own structure is measured with.
STRUCTURE_FAMILIES = ("contrast_edge", "luminance_edge", "colour_edge", "uniform_plaid", "grating")


def responses_of_nearest_source(wildcards):
    folder = f"results/{wildcards.network}/activations/{sources_of(wildcards.network)[0]}"
    return [f"{folder}/{family}.h5" for family in STRUCTURE_FAMILIES]


rule choose_upstream_units:
    input:
        detectors=detectors_of,
        expanded_weights=lambda w: f"results/{w.network}/expanded_weights/{sources_of(w.network)[0]}_to_{layer_of(w.network)}.h5",
        factors=factor_files,
        responses=responses_of_nearest_source,
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
        responses=lambda wildcards, input: [
            f"{family}={path}" for family, path in zip(STRUCTURE_FAMILIES, input.responses)
        ],
        numbering=lambda wildcards: "--articles-units" if has_articles_units(wildcards.network) else "",
    message:
        "Choosing the upstream units that figures of {wildcards.network} show"
    shell:
        'python "$HIGHLOW_SCRIPTS"/choose_upstream_units.py --detectors {input.detectors:q} --branch {params.branch:q}'
        " --units {params.units} --layer {params.layer:q} --expanded-weights {input.expanded_weights:q}"
        " --factors {params.factors:q} --pictured {params.pictured:q} --responses {params.responses:q}"
        " {params.numbering} --output {output.table:q} --log {log:q}"
