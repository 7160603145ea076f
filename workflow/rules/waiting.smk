# What is said to who waits: how many jobs there are and about how long they take, what is left, and where the page is.
# Snakemake calls neither handler in a dry run, in a job's own process or where nothing is to be done.

from functools import partial

from snakemake.logging import logger
from snakemake.settings.enums import Quietness

from highlow.runs import waiting
from highlow.runs.jobs import images_of


def say(line):
    """Say a line where Snakemake says how far it is."""
    logger.info(line, extra={"quietness": Quietness.PROGRESS})


def listed_images(job):
    """Return how many images a job goes through; nothing before they are listed."""
    images = images_of(job.input.images)
    return None if images is None else images / int(job.wildcards.shards)


def run_steps(slowness):
    """Return all jobs of this run, with the seconds that each takes and what it waits for."""
    steps = []
    for job in workflow.dag.needrun_jobs(exclude_finished=False):
        made = JOBS.get(job.rule.name)
        seconds = 0
        if made:
            network = job.wildcards.get("network", "-")
            seconds = waiting.expected_seconds(REQUESTS.measured, made.kind or job.rule.name, network)
            # What was measured went through a few images already.
            seconds = max(seconds, made.per_image * (listed_images(job) or 0)) if made.per_image else seconds
        after = [other.jobid for other in workflow.dag.dependencies[job]]
        steps.append(waiting.Step(job.jobid, slowness * seconds + waiting.BETWEEN_JOBS, after))
    return steps


def unknown_until(jobs):
    """Return what has to be done before it is known how much there is to do."""
    names = {job.rule.name for job in jobs}
    unlisted = [job for job in jobs if job.rule.name in JOBS and JOBS[job.rule.name].per_image]
    unlisted = config["images"] and any(listed_images(job) is None for job in unlisted)
    scans = workflow.get_rule("scan_layers").is_checkpoint and "scan_layers" in names
    return ["the layers are scanned"] * bool(scans) + ["the images are listed"] * bool(unlisted)


def without_job_rate():
    """Drop Snakemake's limit of 100 jobs a second where jobs run here: the cores limit them.

    With a limit Snakemake looks for work again a second after each time that it did so: after dozens of jobs dozens of
    times a second, which takes a tenth of a core, and a second at the end of every run.
    """
    limit = getattr(workflow.scheduling_settings, "max_jobs_per_timespan", None)  # internal, may be gone one day
    if limit and (limit.max_jobs, limit.timespan) == (100, 1):
        workflow.scheduler.job_rate_limiter = None


onstart:
    if workflow.local_exec:
        without_job_rate()
    # How fast the machines of a scheduler are, and how many, is not known here.
    if workflow.local_exec and not workflow.touch:
        steps = partial(run_steps, waiting.slowness())
        say(
            waiting.start_line(
                len(steps()),
                waiting.span(steps(), workflow.cores),
                unknown_until(list(workflow.dag.needrun_jobs())),
            )
        )
        if sys.stderr.isatty():
            logger.addHandler(waiting.Remaining(steps, workflow.cores, say))


onsuccess:
    pages = [job.output.get("page") for job in workflow.dag.needrun_jobs(exclude_finished=False)]
    for page in sorted(filter(None, pages)):
        say(waiting.page_line(Path(page)))
