"""`highlow explain`: what a result was made from, and the command that makes it again."""

from typing import Annotated

import typer

from highlow.commands import terminal
from highlow.commands.options import AsJson, examples
from highlow.runs.errors import HighlowError

EXAMPLES = examples(
    ("highlow explain results/planted/tables/detectors.tsv", "three steps back"),
    ("highlow explain results/planted/figures/fig03_tuning.svg --depth 0", "all the way to weights and settings"),
    ("highlow explain results/planted/weights.h5 --json", "for other programs"),
)


def command(
    file: Annotated[str, typer.Argument(metavar="FILE", help="A file of results.")],
    depth: Annotated[int, typer.Option(metavar="N", min=0, help="How many steps back are shown; 0: all.")] = 3,
    as_json: AsJson = False,
) -> int:
    """Show what a result was made from, as a tree, and the command that makes it again.

    Read from the provenance that every result has inside or beside it; every hash is compared with what is here now.
    Which code made it Snakemake noted, if its folder .snakemake is still beside the results.
    """

    def program() -> str:
        from highlow.commands import origin_text  # brings HDF5
        from highlow.storage import origins

        found, noted = origins.origin(file), origins.recorded(file)
        again = origin_text.command_of(found)
        if as_json:
            terminal.print_json(
                {"origin": origin_text.as_json(found), "job": vars(noted) if noted else None, "command": again}
            )
        else:
            terminal.print_tree(*origin_text.branches(found, depth))
            if depth and found.steps() > depth:
                terminal.print_text("(+N): made from N files that --depth 0 shows")
            print()
            for line in origin_text.notes(found, noted):
                terminal.print_text(line)
            print(f"\nto make it again, where {origin_text.folder_of(file)} lies:\n  {again}")
        wrong = [item for item in found.walk() if item.state not in (origins.AS_WRITTEN, origins.OUTSIDE)]
        if wrong:
            raise HighlowError(
                f"{file}: {len(wrong)} of its files are not here as they were, the first is "
                f"{wrong[0].file or wrong[0].role}; `highlow verify` tells more"
            )
        return ""

    return terminal.ended(program)
