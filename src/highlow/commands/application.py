"""The command `highlow`: its commands, and how it ends.

PyTorch, pandas and the like are imported inside the commands: help and completion are quick.
"""

import io
import sys
from collections.abc import Sequence

import typer
from typer.exceptions import Abort, TyperException

from highlow.commands import detect, explain, explore, fetch, networks, run, unit, verify
from highlow.commands.options import examples, unwrapped
from highlow.runs.command_line import INTERRUPTED
from highlow.runs.errors import one_line

USAGE, INTERRUPTION = 2, 130  # exit statuses

COMMANDS = (networks, fetch, detect, unit, run, explore, verify, explain)  # in the order of the help

app = typer.Typer(
    name="highlow",
    help=(
        "Find and show high-low frequency detectors: units of a vision network that answer the boundary between a "
        "finer and a coarser texture."
    ),
    epilog=examples(
        ("highlow networks", "what there is to look at, and where its weights are"),
        ("highlow detect planted", "which units of a layer are detectors"),
        ("highlow run fig03", "a figure of the article, by Snakemake"),
    ),
    no_args_is_help=True,
    pretty_exceptions_enable=False,  # errors are one line
)
for module in COMMANDS:
    name = module.__name__.rpartition(".")[2]
    app.command(
        name,
        help=unwrapped(module.command.__doc__),
        epilog=module.EXAMPLES,
        context_settings=getattr(module, "SETTINGS", {}),
    )(module.command)


def main(argv: Sequence[str] | None = None) -> int:
    """Run the command and return its exit status.

    Returns
    -------
    int
        0 if all is well, 1 for what a user can mend, 2 if the words of the command are wrong, 130 after an
        interruption.
    """
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # help has degrees, which not every terminal has
    command = typer.main.get_command(app)
    try:
        words = None if argv is None else list(argv)
        status = command.main(args=words, prog_name="highlow", standalone_mode=False)
    except TyperException as error:
        if type(error).__name__ != "NoArgsIsHelpError":  # which has shown the help
            print(one_line(_usage(error)), file=sys.stderr)
        return USAGE
    except (Abort, KeyboardInterrupt):
        print(INTERRUPTED, file=sys.stderr)
        return INTERRUPTION
    return status if isinstance(status, int) else 0


def _usage(error: TyperException) -> str:
    """Return one line for words that are no command."""
    context = getattr(error, "ctx", None)
    place = context.command_path if context else "highlow"
    return f"error: {error.format_message().rstrip('.')}; see `{place} --help`"
