"""Dry runs without the start of Snakemake: each runs in a fork of one process that has loaded it and the code's hashes.

Starting Python, importing Snakemake and parsing this project's modules takes most of the time of a dry run. The server
reads a request a line from its standard input and answers each with the exit status.
"""

import atexit
import json
import os
import subprocess
import sys
import tempfile
import traceback
from functools import cache
from pathlib import Path

from tests.conftest import REPOSITORY


def plan(words, environment, missing_weights=True):
    """Return the finished process of `snakemake <words>`, called in the repository; for dry runs.

    A plan is made as if all weights could be had, unless their lack is to be said (`missing_weights=False`).
    """
    with tempfile.TemporaryDirectory() as folder:
        outputs = [Path(folder) / name for name in ("stdout", "stderr")]
        request = {"words": list(words), "environment": dict(environment), "outputs": list(map(str, outputs))}
        request["missing_weights"] = missing_weights
        server = _server()
        server.stdin.write(json.dumps(request) + "\n")
        server.stdin.flush()
        status = int(server.stdout.readline())
        stdout, stderr = (path.read_text() for path in outputs)
    return subprocess.CompletedProcess(["snakemake", *words], status, stdout, stderr)


@cache
def _server():
    command = [sys.executable, "-m", "tests.workflow.planner"]
    process = subprocess.Popen(command, cwd=REPOSITORY, stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True)
    atexit.register(process.communicate)  # ends the server: its input is at the end
    return process


def _warm_up():
    """Load what every dry run loads; results depend on contents alone, so that nothing goes stale."""
    sys.path.insert(0, str(REPOSITORY / "src"))
    import snakemake.cli

    from highlow.networks import architectures, registry, weight_files  # noqa: F401
    from highlow.pictures import image_names  # noqa: F401
    from highlow.runs import code_hashes, config  # noqa: F401
    from highlow.storage import checksums  # noqa: F401

    snakemake.cli.get_argument_parser()
    roots = [*(REPOSITORY / "scripts").glob("*.py"), *(REPOSITORY / "src/highlow/figures").glob("*.py")]
    code_hashes.code_hash(roots, REPOSITORY / "src")


def _run(request):
    """Do what `python -m snakemake` does, in a fork; return its exit status."""
    import snakemake.cli

    from highlow.networks import weight_files

    if request["missing_weights"]:
        weight_files.check_obtainable = lambda entry: None
    os.environ.clear()
    os.environ.update(request["environment"])
    for path, stream in zip(request["outputs"], (sys.stdout, sys.stderr), strict=True):
        with Path(path).open("wb") as file:
            os.dup2(file.fileno(), stream.fileno())
    sys.argv = ["snakemake", *request["words"]]
    try:
        snakemake.cli.main()
    except SystemExit as end:
        if isinstance(end.code, str):
            print(end.code, file=sys.stderr)
            return 1
        return end.code or 0
    except BaseException:
        traceback.print_exc()
        return 1
    return 0


def _serve():
    _warm_up()
    for line in sys.stdin:
        child = os.fork()
        if child == 0:
            status = _run(json.loads(line))
            sys.stdout.flush()
            sys.stderr.flush()
            os._exit(status)
        _, status = os.waitpid(child, 0)
        print(os.waitstatus_to_exitcode(status), flush=True)


if __name__ == "__main__":
    _serve()
