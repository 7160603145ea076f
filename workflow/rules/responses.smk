rule compute_responses:
    input:
        weights="results/{network}/weights.h5",
        stimuli="results/stimuli/{family}.h5",
    output:
        "results/{network}/activations/{layer}/{family}.h5",
    log:
        "results/{network}/logs/compute_responses/{layer}_{family}.log",
    benchmark:
        "results/{network}/benchmarks/compute_responses/{layer}_{family}.tsv"
    conda:
        "../../environment.yml"
    # One thread a job: the bytes do not depend on the machine's size, and jobs of other layers fill the cores.
    threads: 1
    params:
        code=code("compute_responses.py"),
    message:
        "Computing the responses of {wildcards.network} {wildcards.layer} to {wildcards.family}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/compute_responses.py --weights {input.weights:q} --layer {wildcards.layer:q} --stimuli {input.stimuli:q}'
        " --output {output:q} --threads {threads} --log {log:q}"
