rule generate_stimuli:
    input:
        code=code("generate_stimuli.py"),
    output:
        "results/stimuli/{family}.h5",
    log:
        "results/stimuli/logs/{family}.log",
    benchmark:
        "results/stimuli/benchmarks/{family}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    params:
        options=family_options,
    message:
        "Generating the stimulus family {wildcards.family}"
    shell:
        "python {input.code[0]:q} {wildcards.family:q} --output {output:q} {params.options} --log {log:q}"
