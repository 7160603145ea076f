# The one rule that every job is made by: its log, its benchmark, its environment, the hash of its code, what it asks a
# scheduler for and how it is called are said here. What differs stands in the tables of the other files: of a rule that
# Snakemake names, in the one that has its name.

# The longest way through a run ends in the pictures of units: what they wait for goes before other jobs.
LONGEST_WAY = {
    *("generate_stimuli", "generate_other_stimuli", "compute_responses", "compute_source_responses"),
    *("compute_further_responses", "expand_weights"),
    *("measure_tuning", "fit_factors", "detect", "choose_upstream_units"),
    *("classify_downstream", "visualize_features", "visualize_sources"),
    *("generate_images", "list_images", "merge_image_tables", "search_examples", "merge_examples"),
}

for job_name, job in JOBS.items():

    rule:
        name:
            job_name
        input:
            scan_before(job_name),
            job.beside,
            **job.input,
        output:
            **job.output,
        log:
            f"results/{job.folder}/logs/{job.log or job.kind or job_name}.log",
        benchmark:
            f"results/{job.folder}/benchmarks/{job.log or job.kind or job_name}.tsv"
        wildcard_constraints:
            **job.constraints,
        priority: job.priority or int((job.kind or job_name) in LONGEST_WAY)
        localrule: job.local
        conda:
            "../../environment.yml"
        # The bytes do not depend on the machine's size, and jobs of other layers and networks fill the cores.
        threads: 1
        resources:
            **REQUESTS.of(job_name, job),
        params:
            # Code and template are what the job is keyed by, beside its own params; the command names files too.
            **{"code": code(job.programs, job.reads), **job.params},
            template=job.template,
            command=job.words,
        message:
            job.message
        # The command's first word is a file of that folder. What is killed cannot say so itself.
        shell:
            'HIGHLOW_THREADS={threads:q} python "$HIGHLOW_SCRIPTS"/{params.command:q} --log {log:q}'
            ' || {{ status=$?; [ $status -ne 137 ] || echo "$HIGHLOW_KILLED" | tee {log:q} >&2; exit $status; }}'


for job_name, job in JOBS.items():
    if job.before:
        workflow.ruleorder(job_name, *job.before)

# Which layer is `auto` is known once the layers are scanned: only then Snakemake can tell what else there is to do.
if any(map(study.is_auto, (NETWORK, *study.compared(NETWORK), *config["networks"]))):
    workflow.get_rule("scan_layers").is_checkpoint = True
    checkpoints.register(workflow.get_rule("scan_layers"))
    study.peak = peak_of
