# The one rule that every job is made by: its log, its benchmark, its environment, the hash of its code, what it asks a
# scheduler for and how it is called are said here. What differs stands in the tables of the other files.

for job_name, job in JOBS.items():

    rule:
        name:
            job_name
        input:
            **job.input,
        output:
            **job.output,
        log:
            f"results/{job.folder}/logs/{job.log or job_name}.log",
        benchmark:
            f"results/{job.folder}/benchmarks/{job.log or job_name}.tsv"
        wildcard_constraints:
            **job.constraints,
        priority: job.priority
        localrule: job.local
        conda:
            "../../environment.yml"
        # The bytes do not depend on the machine's size, and jobs of other layers and networks fill the cores.
        threads: 1
        resources:
            **REQUESTS.of(job_name, job),
        params:
            **{"code": code(job.program, *job.reads), "command": job.words, **job.params},
        message:
            job.message
        shell:
            'HIGHLOW_THREADS={threads:q} python "$HIGHLOW_SCRIPTS"/{params.command:q} --log {log:q}'
