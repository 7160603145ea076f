# How the layer after the studied one uses its detectors. Networks without a registered one have none of these files.


rule classify_inputs:
    input:
        detectors=detectors_of,
        responses=lambda w: [
            f"results/{w.network}/activations/{layer_of(w.network)}/{family}.h5" for family in INPUT_FAMILIES
        ],
    output:
        table="results/{network}/tables/input_kinds.tsv",
        provenance="results/{network}/tables/input_kinds.provenance.json",
    log:
        "results/{network}/logs/classify_inputs.log",
    benchmark:
        "results/{network}/benchmarks/classify_inputs.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code("classify_inputs.py"),
    message:
        "Telling the kinds of units of {wildcards.network} apart"
    shell:
        'python "$HIGHLOW_SCRIPTS"/classify_inputs.py --detectors {input.detectors:q} --responses {input.responses:q}'
        " --output {output.table:q} --log {log:q}"


rule classify_downstream:
    input:
        expanded_weights=downstream_file("expanded_weights/{layer}_to_{downstream}.h5"),
        detectors=detectors_of,
        stimuli=f"results/stimuli/{DOWNSTREAM_FAMILY}.h5",
        responses=downstream_file(f"activations/{{downstream}}/{DOWNSTREAM_FAMILY}.h5"),
    output:
        table="results/{network}/tables/downstream_units.tsv",
        provenance="results/{network}/tables/downstream_units.provenance.json",
    log:
        "results/{network}/logs/classify_downstream.log",
    benchmark:
        "results/{network}/benchmarks/classify_downstream.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(330),
        runtime=minutes(3),
    params:
        code=code("classify_downstream.py"),
        layer=lambda wildcards: downstream_of(wildcards.network),
        branch=lambda wildcards: branch_of(wildcards.network),
        seed=SEED,
    message:
        "Telling what {params.layer} of {wildcards.network} uses the detectors for"
    shell:
        'python "$HIGHLOW_SCRIPTS"/classify_downstream.py --layer {params.layer:q} --branch {params.branch:q}'
        " --expanded-weights {input.expanded_weights:q} --detectors {input.detectors:q} --stimuli {input.stimuli:q}"
        " --responses {input.responses:q} --seed {params.seed:q} --output {output.table:q} --log {log:q}"


rule select_downstream:
    input:
        units="results/{network}/tables/downstream_units.tsv",
        inputs="results/{network}/tables/input_kinds.tsv",
        expanded_weights=downstream_file("expanded_weights/{layer}_to_{downstream}.h5"),
        detectors=detectors_of,
    output:
        top="results/{network}/tables/downstream_top20.tsv",
        top_provenance="results/{network}/tables/downstream_top20.provenance.json",
        roles="results/{network}/tables/downstream_roles.tsv",
        roles_provenance="results/{network}/tables/downstream_roles.provenance.json",
    log:
        "results/{network}/logs/select_downstream.log",
    benchmark:
        "results/{network}/benchmarks/select_downstream.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(140),
        runtime=minutes(1),
    params:
        code=code("select_downstream.py", "src/highlow/reference/article.yaml"),
        branch=lambda wildcards: branch_of(wildcards.network),
        numbering=lambda wildcards: ["--articles-network"] if has_articles_units(wildcards.network) else [],
    message:
        "Choosing the units of {wildcards.network} that use the detectors"
    shell:
        'python "$HIGHLOW_SCRIPTS"/select_downstream.py --units {input.units:q} --inputs {input.inputs:q}'
        " --expanded-weights {input.expanded_weights:q} --detectors {input.detectors:q} --branch {params.branch:q}"
        " {params.numbering:q} --top {output.top:q} --roles {output.roles:q} --log {log:q}"
