"""`highlow detect`: which units of a layer are high-low frequency detectors."""

import sys
from typing import TYPE_CHECKING, Annotated, Any

import typer

from highlow.commands import opening, terminal
from highlow.commands.options import (
    OUTPUT,
    Arguments,
    AsJson,
    Branch,
    Device,
    Mean,
    Orientations,
    PatternSize,
    Phases,
    Ratios,
    Seed,
    Seeds,
    Size,
    Source,
    Std,
    Threads,
    Weights,
    WeightsDir,
    examples,
    known_networks,
)
from highlow.commands.pictures import check_picture
from highlow.figures.shipped_matplotlib import without_user_settings
from highlow.runs.errors import HighlowError
from highlow.studied.defaults import ORIENTATIONS, PHASES, RATIOS, SEEDS

if TYPE_CHECKING:
    import pandas as pd

EXAMPLES = examples(
    ("highlow detect planted", "its own layer; 73 orientations 5° apart, 30 ratios, 4 phases"),
    ("highlow detect planted --orientations 25 --ratios 10 --phases 2", "a fifth of the stimuli: 15° apart"),
    ("highlow detect googlenet --layer conv2d2 --tsv > units.tsv", "every unit, for other programs"),
    ("highlow detect planted --figure found.png", "and a picture, 1500 px wide"),
    ("highlow detect --module net.py:build --layer stages.1", "what build() of net.py returns"),
    ("highlow detect torchvision/resnet18 --layer auto", "looks at all layers first: takes minutes"),
)
PARTS = {"selective": "selec", "polar": "polar", "control_free": "clean", "consistent": "same", "strong": "strong"}
LEGEND = (
    "score: geometric mean of five parts from 0 to 1. selec: prefers one direction; polar: silent at the opposite one; "
    "clean: silent to controls; same: prefers the same without a difference in luminance; strong: among this layer's "
    "units. likes, wired: direction of the high-frequency side, 0° right, 90° down, by responses and by weights; "
    "maps: correlation of HF and LF map."
)


def command(
    network: Annotated[
        str,
        typer.Argument(
            metavar="NETWORK",
            help="A name that `highlow networks` knows, or torchvision/NAME.",
            autocompletion=known_networks,
        ),
    ] = "",
    layer: Annotated[
        str,
        typer.Option(
            metavar="LAYER", help="Layer whose units are looked at; else its own. auto: where most are found."
        ),
    ] = "",
    module: Annotated[
        str, typer.Option(metavar="FILE:FUNCTION", help="Instead of NETWORK: Python that returns a torch module.")
    ] = "",
    weights: Weights = "",
    mean: Mean = "",
    std: Std = "",
    size: Size = 0,
    arguments: Arguments = "",
    weights_dir: WeightsDir = "",
    branch: Branch = "",
    source: Source = "",
    orientations: Orientations = ORIENTATIONS,
    ratios: Ratios = RATIOS,
    phases: Phases = PHASES,
    pattern_size: PatternSize = None,
    seeds: Seeds = SEEDS,
    seed: Seed = 0,
    device: Device = "auto",
    threads: Threads = 1,
    rows: Annotated[
        int, typer.Option(metavar="N", min=0, help="Units in the table, best first; 0: all.", rich_help_panel=OUTPUT)
    ] = 20,
    as_tsv: Annotated[
        bool, typer.Option("--tsv", help="Print every unit, with all columns, as TSV.", rich_help_panel=OUTPUT)
    ] = False,
    as_json: AsJson = False,
    figure: Annotated[
        str, typer.Option(metavar="FILE", help="Draw a summary into a .png or .svg.", rich_help_panel=OUTPUT)
    ] = "",
) -> int:
    """Say which units of a layer are high-low frequency detectors, best first.

    Shows the layer stimuli, scores every unit from its responses and compares with its weights: the columns and the
    numbers of the pipeline's tables/detectors.tsv.
    """

    def program() -> str:
        _check(network, module, as_tsv, as_json)
        check_picture(figure)
        asked = module or network
        options = opening.of_module(weights, mean, std, size, arguments)
        studied = opening.opened(asked, options, weights_dir=weights_dir, seed=seed)
        grid: dict[str, Any] = {
            "orientations": orientations,
            "ratios": ratios,
            "phases": phases,
            "pattern_size": pattern_size,
        }
        how: dict[str, Any] = {"seeds": seeds, "seed": seed, "device": device, "threads": threads}
        wanted = opening.Place(layer, branch, source)
        chosen, own, used = opening.place(asked, studied, wanted, pattern_size=pattern_size, **how)
        table = studied.detect(chosen, branch=own, source=used, **grid, **how)
        if as_tsv:
            table.to_csv(sys.stdout, sep="\t", index=False, float_format="%.9g", lineterminator="\n")
        elif as_json:
            facts = {"network": studied.name, "layer": chosen, "branch": own, "source": used, **grid, **how}
            terminal.print_json(facts | {"units": table.to_dict("records")})
        else:
            _show(table, own, rows, f"{studied.name} {chosen}, branch {own}, weights from {used}")
        if figure:
            with without_user_settings():
                from highlow.figures import detection_summary

            detection_summary.draw(table, {"title": studied.name, "layer": chosen}).write(figure)
        count = int(table["is_detector"].sum())
        drawn = f"; drawn: {figure}" if figure else ""
        return f"{studied.name} {chosen}: {count} detectors among {len(table)} units{drawn}"

    return terminal.ended(program)


def _check(network: str, module: str, as_tsv: bool, as_json: bool) -> None:
    if bool(network) == bool(module):
        raise HighlowError("name either a network, e.g. planted, or --module FILE.py:FUNCTION")
    if module and ":" not in module:
        raise HighlowError(f"--module {module}: no function; write FILE.py:FUNCTION, e.g. net.py:build")
    if as_tsv and as_json:
        raise HighlowError("either --tsv or --json")


def _show(table: "pd.DataFrame", branch: str, rows: int, title: str) -> None:
    """Print the best units, with a bar for each part of their score."""
    columns = [("unit", "right"), ("score", "right"), *((name, "left") for name in PARTS.values())]
    columns += [("likes", "right"), ("wired", "right"), ("maps", "right"), ("verdict", "left")]
    shown = table if rows == 0 else table.head(rows)
    verdict_of = verdicts(table, branch)
    cells = []
    for position, (_, unit) in enumerate(shown.iterrows()):
        cells.append(
            [
                str(unit["unit"]),
                terminal.number(unit["score"]),
                *(terminal.bar(unit[part], 5) for part in PARTS),
                terminal.angle(unit["preferred_orientation_deg"]),
                terminal.angle(unit["weight_orientation_deg"]),
                terminal.number(unit["hf_lf_map_correlation"]),
                verdict_of[position],
            ]
        )
    terminal.print_table(columns, cells, title)
    if rows and len(table) > rows:
        print(f"the best {rows} of {len(table)} units; --rows 0 shows all")
    print()
    terminal.print_text(LEGEND)


def verdicts(table: "pd.DataFrame", branch: str) -> list[str]:
    """Return for every unit `detector`, or the first condition that it misses."""
    from highlow.circuits import detection

    met = detection.conditions(table, detection.SMALLEST_SEPARATION_OCTAVES)
    found = []
    for position, (accepted, own) in enumerate(zip(table["is_detector"], table["branch"], strict=True)):
        missed = [name for name, holds in met.items() if not holds[position]]
        # What the table does not hold is the only thing that is left.
        why = "other branch" if own != branch else missed[0] if missed else "factor separation"
        found.append("detector" if accepted else f"no: {why}")
    return found
