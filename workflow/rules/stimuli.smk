def family_options(wildcards):
    """Return the options of a family: only those that it uses, because they are its cache key."""
    options = {"phases": STIMULI["phases"], "pattern-size": STIMULI["pattern_size"]}
    if wildcards.family.startswith("high_low"):
        options |= {"orientations": STIMULI["orientations"], "ratios": STIMULI["ratios"]}
    if wildcards.family == "high_low_balanced":
        options["seed"] = SEED
    return " ".join(f"--{name} {value}" for name, value in sorted(options.items()))


rule generate_stimuli:
    message:
        "Generating the stimulus family {wildcards.family}"
    input:
        code=code("generate_stimuli.py"),
    output:
        "results/stimuli/{family}.h5",
    params:
        options=family_options,
    log:
        "results/stimuli/logs/{family}.log",
    benchmark:
        "results/stimuli/benchmarks/{family}.tsv"
    conda:
        "../../environment.yml"
    threads: 1
    shell:
        "python {input.code[0]:q} {wildcards.family:q} --output {output:q} {params.options} --log {log:q}"
