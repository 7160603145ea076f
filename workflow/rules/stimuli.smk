rule generate_stimuli:
    output:
        "results/stimuli/{family}.h5",
    log:
        "results/stimuli/logs/{family}.log",
    benchmark:
        "results/stimuli/benchmarks/{family}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(310),
        runtime=minutes(3),
    params:
        code=code("generate_stimuli.py"),
        options=family_options,
    message:
        "Generating the stimulus family {wildcards.family}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/generate_stimuli.py {wildcards.family:q} --output {output:q} {params.options:q} --log {log:q}'
