"""`highlow explore`: the explorer of a network, made and opened."""

import webbrowser
from pathlib import Path
from typing import Annotated

import typer

from highlow.commands import terminal
from highlow.commands.options import NetworkName, examples
from highlow.commands.run import command_of, ran
from highlow.networks import registry
from highlow.runs.errors import HighlowError
from highlow.storage.result_names import RESULTS

EXAMPLES = examples(
    ("highlow explore planted", "makes results/planted/explorer/, then opens it in the browser"),
    ("highlow explore googlenet --no-open --cores 2", "makes it on two cores, and says where it is"),
)
SETTINGS = {"allow_extra_args": True, "ignore_unknown_options": True}
TARGET = "explorer"


def command(
    network: NetworkName,
    words: Annotated[
        list[str] | None, typer.Argument(metavar="OPTION", help="Options of Snakemake, e.g. --cores 2.")
    ] = None,
    no_open: Annotated[bool, typer.Option("--no-open", help="Do not open it in the browser.")] = False,
) -> int:
    """Make the explorer of a network, every unit of its layers to look through, and open it.

    What is missing is made by Snakemake first, into results/ in the folder of the call.
    """

    def program() -> str:
        entry = registry.entry(network)  # says so if there is none
        status = ran(command_of([TARGET, *with_network(words or [], network)]))
        if status:
            raise HighlowError(f"Snakemake ended with status {status}; what it says above is the reason")
        page = Path(RESULTS).absolute() / entry.name / TARGET / "index.html"
        if not page.is_file():
            raise HighlowError(
                f"{page}: no such page in the folder of the call; a dry run, or --directory, leaves none"
            )
        print(page)
        opened = not no_open and webbrowser.open(page.as_uri())
        return f"{network}: opened in the browser" if opened else f"{network}: open that file in a browser"

    return terminal.ended(program)


def with_network(words: list[str], network: str) -> list[str]:
    """Return options of Snakemake that also name the network; of two --config it would read the last alone."""
    place = words.index("--config") + 1 if "--config" in words else len(words)
    own = [f"network={network}"] if "--config" in words else ["--config", f"network={network}"]
    return [*words[:place], *own, *words[place:]]
