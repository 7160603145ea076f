"""`highlow run`: Snakemake, with this project's Snakefile."""

import signal
import subprocess
import sys
from pathlib import Path
from typing import Annotated

import typer

from highlow.commands import terminal
from highlow.commands.options import examples
from highlow.runs.errors import HighlowError

EXAMPLES = examples(
    ("highlow run fig03", "figure 3 of the default network, into results/"),
    ("highlow run all --config network=inceptionv1_2015 --cores 2", "all of another network, on two cores"),
    ("highlow run fig03 --dry-run", "what would be done"),
    ("highlow run -- --help", "Snakemake's own options"),
)
SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}
REPOSITORY = Path(__file__).parents[3]


def command(
    words: Annotated[
        list[str] | None,
        typer.Argument(metavar="TARGET", help="What to make, and options of Snakemake; nothing: all."),
    ] = None,
) -> int:
    """Make figures, tables or pages with Snakemake, from any folder.

    As `snakemake`, called where the Snakefile lies, but results go to results/ in the folder of the call. Every option
    of Snakemake is passed on; -- before the first keeps highlow from reading it.
    """
    status = 0

    def program() -> str:
        nonlocal status
        status = ran(command_of(words or []))
        return ""

    return terminal.ended(program) or status


def ran(program: list[str]) -> int:
    """Run a program to its end and return its exit status, of a signal as a shell tells it.

    An interruption from the keyboard reaches it by itself, and it decides when to end; a wish to end is handed on.
    """
    with subprocess.Popen(program) as process:
        handlers = {
            signal.SIGINT: lambda number, frame: None,
            signal.SIGTERM: lambda number, frame: process.send_signal(number),
        }
        before = {number: signal.signal(number, handler) for number, handler in handlers.items()}
        try:
            status = process.wait()
        finally:
            for number, handler in before.items():
                signal.signal(number, handler)
    return status if status >= 0 else 128 - status


def command_of(words: list[str]) -> list[str]:
    """Return the command that runs Snakemake with this project's Snakefile.

    Raises
    ------
    HighlowError
        If this program was installed without its repository.
    """
    snakefile = REPOSITORY / "Snakefile"
    if not snakefile.is_file():
        raise HighlowError(
            f"{snakefile}: no Snakefile; the pipeline runs from a clone of the repository that is installed with "
            "pip install --editable"
        )
    return [sys.executable, "-m", "snakemake", "--snakefile", str(snakefile), *words]
