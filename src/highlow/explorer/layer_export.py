"""One layer of the explorer, from the files of results to a folder of data and pictures."""

from collections.abc import Iterable, Mapping, Sequence
from dataclasses import dataclass
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd

from highlow.circuits import detection, expanded_weight_file, factor_file
from highlow.circuits.factor_file import FactorFit
from highlow.explorer import data_file, evidence, manifest, measured, sheets, wiring
from highlow.explorer.measured import Best, Floats, Surface
from highlow.explorer.wiring import Connection
from highlow.pictures import example_file, picture_file
from highlow.pictures.example_file import LayerExamples
from highlow.storage import provenance, table_files

HIGH_LOW, BALANCED = "high_low", "high_low_balanced"
# Of tables beside the detectors', the columns that are shown, and what they are called here.
FURTHER = {
    "kind": "kind",
    "norm": "detector_weight_norm",
    "share": "detector_weight_share",
    "role": "use",
    "response_role": "use_by_responses",
}


@dataclass(frozen=True)
class Job:
    """What to export and where to; `scripts/export_layer.py --help` explains the fields."""

    layer: str
    responses: Sequence[tuple[str, str]]
    examples: str
    pictures: str
    negatives: str
    detectors: str
    tables: Sequence[str]
    inputs: Sequence[str]
    users: Sequence[str]
    names: Sequence[tuple[str, str]]
    factors: Sequence[tuple[str, str]]
    factors_over: str
    pattern_size: float
    seed: int
    output: str


@dataclass(frozen=True)
class Found:
    """What was read of a layer.

    Attributes
    ----------
    branches : list of str
        Branch of every unit.
    high_low, balanced : Surface
        Responses to both high-low families; the second is None where the layer was not shown it.
    controls : dict
        Strongest stimuli, and what the family counts, by family.
    examples : LayerExamples
    fits : dict
        Factors over the layer's inputs, by source; of the studied layer alone.
    """

    branches: list[str]
    high_low: Surface
    balanced: Surface | None
    controls: Mapping[str, tuple[Best, Floats]]
    examples: LayerExamples
    fits: Mapping[str, FactorFit]


def run(job: Job) -> str:
    """Export the layer and return one line about it."""
    found = _read(job)
    table = _table(job, found)
    conditions = _conditions(job, found, table)
    inputs = _connections(job.inputs, job.names, wiring.strongest_inputs)
    users = _connections(job.users, job.names, wiring.strongest_users)
    folder = Path(job.output)
    for unit in range(len(found.branches)):
        content = _unit(found, unit)
        content |= {"inputs": inputs.get(unit, []), "users": users.get(unit, []), "conditions": conditions[unit]}
        data_file.write(folder / f"{unit}.js", f"{job.layer}/{unit}", content)
    data_file.write(folder / "layer.js", job.layer, _layer(job, found, table, folder))
    made_from = {"examples": job.examples, "pictures": job.pictures, "negatives": job.negatives}
    made_from["factors_over"] = job.factors_over
    made_from |= dict(job.responses) | {f"factors:{source}": path for source, path in job.factors}
    numbered = (*job.tables, *job.inputs, *job.users, *filter(None, [job.detectors]))
    made_from |= {f"file:{number}": path for number, path in enumerate(numbered)}
    config = {"layer": job.layer, "pattern_size": job.pattern_size}
    origin = provenance.made_from({role: path for role, path in made_from.items() if path}, config, job.seed)
    manifest.write(folder, origin)
    return f"{job.layer}: {len(found.branches)} units -> {job.output}"


def _read(job: Job) -> Found:
    families = dict(job.responses)
    high_low, branches = measured.surface(families.pop(HIGH_LOW), job.pattern_size, job.seed)
    given = families.pop(BALANCED, "")
    return Found(
        branches,
        high_low,
        measured.surface(given, job.pattern_size, job.seed)[0] if given else None,
        {name: measured.best(path) for name, path in families.items()},
        example_file.read(job.examples),
        {source: factor_file.read(path) for source, path in job.factors},
    )


def _table(job: Job, found: Found) -> pd.DataFrame:
    """Return the layer's columns, a row a unit in their order."""
    if job.detectors:
        table = table_files.read(job.detectors, detection.COLUMNS).sort_values("unit", ignore_index=True)
    else:
        peaks = {name: peak for name, (_, peak) in found.controls.items()}
        table = pd.DataFrame(measured.columns(found.high_low.tuning, peaks))
        table.insert(0, "branch", found.branches)
        table.insert(0, "unit", np.arange(len(found.branches)))
    for path in job.tables:
        further = table_files.read(path, ("unit",))
        kept = {name: shown for name, shown in FURTHER.items() if name in further.columns}
        table = table.merge(further[["unit", *kept]].rename(columns=kept), on="unit", how="left")
    if job.factors_over:
        table["hf_weight"], table["lf_weight"] = factor_file.read(job.factors_over).factors.channel
    table["photograph_response"] = np.fmax.reduce(found.examples.examples.score, axis=1)
    return table


def _conditions(job: Job, found: Found, table: pd.DataFrame) -> list[list[dict[str, Any]]]:
    """Return why each unit was accepted or not; nothing for a layer that was not searched for detectors."""
    if not job.detectors:
        return [[] for _ in found.branches]
    return evidence.conditions(table, found.fits[job.factors[0][0]].separation_octaves)


def _connections(
    paths: Iterable[str], names: Sequence[tuple[str, str]], strongest: Any
) -> dict[int, list[dict[str, Any]]]:
    """Return a group of connections for each file, by unit; a pool's channels are called by the layer before it."""
    shown = dict(names)
    groups: dict[int, list[dict[str, Any]]] = {}
    for path in paths:
        source, target = expanded_weight_file.read_ends(path)
        other = source if strongest is wiring.strongest_inputs else target
        read = expanded_weight_file.read_branches(path)
        for unit, items in strongest(read, shown.get(other, other)).items():
            groups.setdefault(unit, []).append({"through": other, "units": [_connection(item) for item in items]})
    return groups


def _connection(item: Connection) -> dict[str, Any]:
    norm = float(f"{item.norm:.9g}")
    return {"layer": item.layer, "unit": item.unit, "norm": norm, "weight": data_file.array(item.weight)}


def _unit(found: Found, unit: int) -> dict[str, Any]:
    balanced = data_file.array(found.balanced.response[unit]) if found.balanced else None
    return {
        "surface": data_file.array(found.high_low.response[unit]),
        "balanced": balanced,
        "controls": {name: measured.chosen(best, unit) for name, (best, _) in found.controls.items()},
        "examples": _examples(found.examples, unit),
        "maps": {
            source: data_file.array(fit.maps(np.array([unit]))[0])
            for source, fit in found.fits.items()
            if unit in fit.branch_units
        },
    }


def _examples(found: LayerExamples, unit: int) -> list[dict[str, Any]]:
    """Return a unit's photographs, best first: the response, and the square that it sees, in pixels of the image."""
    examples = found.examples
    present = np.flatnonzero(examples.image[unit] >= 0)
    starts = found.fields.start(unit, examples.position[unit])
    return [
        {
            "image": int(examples.image[unit, rank]),
            "response": float(f"{examples.score[unit, rank]:.9g}"),
            "top": int(starts[rank, 0]),
            "left": int(starts[rank, 1]),
        }
        for rank in present
    ]


def _layer(job: Job, found: Found, table: pd.DataFrame, folder: Path) -> dict[str, Any]:
    """Return what the grid shows of the layer, and write its sheets of pictures."""
    columns: dict[str, Any] = {
        str(name): [None if pd.isna(value) else value for value in table[name].tolist()]
        if table[name].dtype == object
        else data_file.numbers(table[name].to_numpy())
        for name in table.columns
        if name not in ("unit", "layer")
    }
    sheet: dict[str, Any] = {}
    for name, path in (("pictures", job.pictures), ("negatives", job.negatives)):
        pictures = picture_file.read(path)
        image, sheet = sheets.sheet(pictures.images, pictures.units, len(found.branches))
        sheets.write(folder / f"{name}.jpg", image)
        # Along the negative direction the response counts as negative.
        column, sign = ("picture_response", 1) if name == "pictures" else ("negative_response", -1)
        answers = np.full(len(found.branches), np.nan)
        answers[pictures.units] = sign * pictures.activation
        columns[column] = data_file.numbers(answers + 0.0)
    surface = found.high_low
    return {
        "layer": job.layer,
        "count": len(found.branches),
        "columns": columns,
        "sheet": sheet | dict(zip(("field_first", "field_last"), picture_file.read_field(job.pictures), strict=True)),
        "ratios": data_file.numbers(surface.ratios),
        "orientations": data_file.numbers(surface.orientation_deg),
        "field": found.examples.fields.size.tolist(),
        "image_size": found.examples.fields.image_size,
        "pattern_size": job.pattern_size,
        "searched_for_detectors": bool(job.detectors),
        "axes": {
            name: {axis: data_file.numbers(values) for axis, values in best.axes.items()}
            for name, (best, _) in found.controls.items()
        },
    }
