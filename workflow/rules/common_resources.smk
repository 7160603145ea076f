"""What jobs ask a scheduler for. Imports neither torch nor numpy; a changed request reruns nothing.

The numbers in the rules are the largest that were measured, in MB and seconds (docs/resources.tsv): a request adds what
is said here, and a job that failed asks for more when it is tried again.
"""

import math
from functools import cache

# Of the two snakemake processes inside a submitted job, 135 MB each, and of srun.
SNAKEMAKE_MB = 300
# Beyond the measured peak: other images, other libraries' builds.
MEMORY_HEADROOM = 1.5
# A slower processor, a busy file system; and the start of Python and the two snakemake processes.
TIME_HEADROOM = 5
START_MINUTES = 5


def memory(measured):
    """Return a function that gives the MB to ask for, a multiple of 100, from a measured peak in MB."""
    first = 100 * math.ceil((MEMORY_HEADROOM * measured + SNAKEMAKE_MB) / 100)
    return lambda wildcards, attempt: first * 2 ** (attempt - 1)


def minutes(measured):
    """Return a function that gives the minutes to ask for, from measured seconds."""
    first = START_MINUTES + math.ceil(TIME_HEADROOM * measured / 60)
    return lambda wildcards, attempt: first * 2 ** (attempt - 1)


def minutes_of_images(measured, per_image):
    """Return as `minutes`, with measured seconds for each image of the job's shard, once the images are listed."""

    def asked(wildcards, input, attempt):
        table = Path(input.images)
        images = rows_of(table, table.stat().st_mtime_ns) / int(wildcards.shards) if table.is_file() else 0
        return minutes(measured + per_image * images)(wildcards, attempt)

    return asked


@cache
def rows_of(table, changed):
    """Return the number of rows of a table that was changed at a time."""
    with table.open("rb") as file:
        return sum(1 for line in file) - 1


# GPUs of a job that can use one: a scheduler is asked for it only where the configuration insists on one.
GPUS = int(config["device"] == "cuda")
