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
    wildcard_constraints:
        family="|".join((*LARGE_FAMILIES, DOWNSTREAM_FAMILY)),
    conda:
        "../../environment.yml"
    # One thread a job: the bytes do not depend on the machine's size, and jobs of other layers fill the cores.
    threads: 1
    resources:
        mem_mb=memory(530),
        runtime=minutes(19),
        gpu=GPUS,
    params:
        code=code("compute_responses.py"),
    message:
        "Computing the responses of {wildcards.network} {wildcards.layer} to {wildcards.family}"
    shell:
        'python "$HIGHLOW_SCRIPTS"/compute_responses.py --weights {input.weights:q} --layer {wildcards.layer:q}'
        " --stimuli {input.stimuli:q} --output {output:q} --threads {threads:q} --log {log:q}"


# One job for all families of a few hundred stimuli: starting it takes longer than running it.
rule compute_control_responses:
    input:
        weights="results/{network}/weights.h5",
        stimuli=expand("results/stimuli/{family}.h5", family=SMALL_FAMILIES),
    output:
        expand("results/{{network}}/activations/{{layer}}/{family}.h5", family=SMALL_FAMILIES),
    log:
        "results/{network}/logs/compute_control_responses/{layer}.log",
    benchmark:
        "results/{network}/benchmarks/compute_control_responses/{layer}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    resources:
        mem_mb=memory(480),
        runtime=minutes(8),
        gpu=GPUS,
    params:
        code=code("compute_responses.py"),
    message:
        "Computing the responses of {wildcards.network} {wildcards.layer} to control stimuli"
    shell:
        'python "$HIGHLOW_SCRIPTS"/compute_responses.py --weights {input.weights:q} --layer {wildcards.layer:q}'
        " --stimuli {input.stimuli:q} --output {output:q} --threads {threads:q} --log {log:q}"
