"""`highlow unit`: one unit on one sheet."""

from typing import TYPE_CHECKING, Annotated, Any

import typer

from highlow.commands import opening, terminal
from highlow.commands.detect import PARTS, verdicts
from highlow.commands.options import (
    HOW,
    OUTPUT,
    AnyNetwork,
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
)
from highlow.commands.pictures import check_picture
from highlow.figures.shipped_matplotlib import without_user_settings
from highlow.networks.pattern_size import scaled_pattern_size
from highlow.runs.errors import HighlowError
from highlow.studied.defaults import ORIENTATIONS, PHASES, RATIOS, SEEDS, SMALLEST, STEPS

if TYPE_CHECKING:
    from highlow.figures.unit_sheet import Sheet

EXAMPLES = examples(
    ("highlow unit planted mixed3a:110", "writes planted_mixed3a_110.png, 1500 px wide"),
    ("highlow unit googlenet mixed3a:110 --output unit.svg", "the same as SVG"),
    ("highlow unit planted mixed3a:110 --steps 64 --phases 1", "quicker: a rougher picture, one phase"),
    ("highlow unit net.py:build stages.1:3", "a unit of what build() of net.py returns"),
)
# Titles of numbers by the columns of the detectors table; degrees, then shares of the peak.
ANGLES = {
    "preferred_orientation_deg": "prefers the high frequencies at",
    "width_deg": "width of the tuning curve",
    "weight_orientation_deg": "direction by its weights",
}
SHARES = {
    "direction_selectivity": "selectivity, 0 to 1",
    "polarity_ratio": "opposite over preferred direction",
    "peak_response": "peak response",
    "uniform_response": "uniform texture, share of the peak",
    "grating_response": "grating",
    "luminance_edge_response": "luminance edge",
    "colour_edge_response": "colour edge",
    "contrast_edge_response": "contrast edge",
    "hf_lf_map_correlation": "correlation of HF and LF map",
    "map_antisymmetry": "antisymmetry of the maps",
}


def command(
    network: AnyNetwork,
    unit: Annotated[str, typer.Argument(metavar="LAYER:UNIT", help="Which unit, e.g. mixed3a:110.")],
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
    steps: Annotated[
        int,
        typer.Option(metavar="N", min=SMALLEST["steps"], help="Steps that optimize the picture.", rich_help_panel=HOW),
    ] = STEPS,
    device: Device = "auto",
    threads: Threads = 1,
    output: Annotated[
        str,
        typer.Option(
            metavar="FILE", help="The sheet, .png or .svg; else NETWORK_LAYER_UNIT.png.", rich_help_panel=OUTPUT
        ),
    ] = "",
    as_json: AsJson = False,
) -> int:
    """Draw one unit on one sheet, and print its numbers.

    Its optimized picture, its tuning over orientation and frequency ratio, its responses to controls, the parts of its
    score, and the weights from the strongest channels of an earlier layer.
    """
    grid = {"orientations": orientations, "ratios": ratios, "phases": phases, "pattern_size": pattern_size}
    how: dict[str, Any] = {"seed": seed, "device": device, "threads": threads}

    def program() -> str:
        layer, number = _named(unit)
        check_picture(output)
        options = opening.of_module(weights, mean, std, size, arguments)
        studied = opening.opened(network, options, weights_dir=weights_dir, seed=seed)
        path = output or f"{studied.name}_{layer}_{number}.png".replace("/", "_")
        sheet = _measured(studied, layer, number, branch, source, grid | how, seeds, steps)
        with without_user_settings():
            from highlow.figures import unit_sheet

        unit_sheet.draw(sheet, {"title": studied.name, "layer": sheet.unit["layer"]}).write(path)
        if as_json:
            facts = {"network": studied.name, "verdict": sheet.verdict, "source": sheet.source, "sheet": path}
            terminal.print_json(facts | sheet.unit.to_dict() | {"strongest_inputs": _strongest(sheet)})
        else:
            _show(sheet)
        return f"drawn: {path}"

    return terminal.ended(program)


def _named(text: str) -> tuple[str, int]:
    """Return layer and number of `LAYER:UNIT`."""
    layer, _, number = text.rpartition(":")
    if not layer or not number.isascii() or not number.isdigit():
        raise HighlowError(f"{text!r} is no unit; write LAYER:UNIT, e.g. mixed3a:110")
    return layer, int(number)


def _measured(
    studied: Any, layer: str, number: int, branch: str, source: str, how: dict[str, Any], seeds: int, steps: int
) -> "Sheet":
    """Return what is known of a unit."""
    with without_user_settings():
        from highlow.figures.unit_sheet import Sheet

    architecture = studied.extracted.architecture
    layer = architecture.node(layer).name
    branches = architecture.branch_of_unit(layer)
    if number >= len(branches):
        raise HighlowError(
            f"layer {layer!r} of {studied.name!r} has no unit {number}; its units are 0 to {len(branches) - 1}"
        )
    own, judged = branches[number], branch or studied.branch(layer)
    used = source or studied.source(layer, judged)
    # First what is quick to fail.
    from_source = studied.weights(layer, number, branch=own, source=used)[0]
    table = studied.detect(layer, branch=judged, source=used, seeds=seeds, **how)
    tuned = studied.tuning(layer, number, branch=judged, **how)
    picture = studied.visualize(layer, number, steps=steps, seed=how["seed"], device=how["device"])[0]
    position = table.index[table["unit"] == number][0]
    field = architecture.field_size(architecture.branch_node(layer, judged).name)
    size = how["pattern_size"] or scaled_pattern_size(field)
    verdict = verdicts(table, judged)[position].replace("no: ", "not a detector: ")
    return Sheet(table.loc[position], tuned, picture, from_source, used, verdict, size)


def _strongest(sheet: "Sheet") -> list[dict[str, Any]]:
    """Return the strongest inputs: channel, and norm and sum of its weights."""
    from highlow.figures.unit_sheet import strongest

    maps = sheet.weights
    return [
        {
            "layer": sheet.source,
            "unit": int(channel),
            "norm": float((maps[channel] ** 2).sum() ** 0.5),
            "sum": float(maps[channel].sum()),
        }
        for channel in strongest(maps)
    ]


def _show(sheet: "Sheet") -> None:
    """Print the numbers of a unit, and its strongest inputs."""
    unit = sheet.unit
    heading = f"{unit['layer']} {int(unit['unit'])}, branch {unit['branch']}: {sheet.verdict}"
    rows = [["score", terminal.number(unit["score"])]]
    rows += [
        [f"  {name}", f"{terminal.number(unit[part])} {terminal.bar(unit[part], 10)}"] for part, name in PARTS.items()
    ]
    rows += [[title, terminal.angle(unit[column])] for column, title in ANGLES.items()]
    rows += [["weights minus responses", terminal.turn(unit["orientation_difference_deg"])]]
    rows += [[title, terminal.number(unit[column], 3)] for column, title in SHARES.items()]
    terminal.print_table([("number", "left"), ("value", "left")], rows, heading)
    print()
    inputs = [
        [f"{item['layer']} {item['unit']}", f"{item['norm']:.3g}", f"{item['sum']:+.3g}"] for item in _strongest(sheet)
    ]
    terminal.print_table([("strongest inputs", "left"), ("norm of weights", "right"), ("sum", "right")], inputs)
