"""Values that a reader of the article page can read on a drawing, by pointer or by arrow keys."""

import math
from collections.abc import Callable, Mapping, Sequence
from pathlib import Path
from typing import Any

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.probes import tuning

# They stand in the page itself, for a page from disk may read no other file: a grid with more is not put there.
MOST_VALUES = 30_000

Reading = dict[str, Any]
Floats = NDArray[np.floating]


def readings(name: str, axes: Mapping[str, Any], numbers: Path, settings: Mapping[str, Any]) -> list[Reading]:
    """Return what can be read of a figure's axes, in the order of the page.

    Parameters
    ----------
    name : str
        Name of the figure.
    axes : mapping
        Places of axes by name, as `drawing.place` returns them; empty where the figure has none to read.
    numbers : Path
        TSV of the figure, whose checksum was compared.
    settings : mapping
        Settings that it was drawn with.

    Returns
    -------
    list of dict
        Of each: `label`; `box` (left, top, width, height, shares of the figure's); `x` and, of a map, `y`: `name`,
        `unit`, `values`, and `at`, the share of the axis where each lies; `series`: `name`, `values` (of a map row by
        row from the bottom) and, of a curve, `at`.
    """
    reader = READERS.get(name)
    if reader is None or not axes:
        return []
    found = reader(axes, numbers, settings)
    count = sum(len(series["values"]) for reading in found for series in reading["series"])
    return found if count <= MOST_VALUES else [reading for reading in found if "y" not in reading]


def along(values: Floats, span: Mapping[str, Any]) -> list[float | None]:
    """Return where values lie on an axis, as shares of its length from `from` to `to`; None where there is none."""
    scale = np.log if span["scale"] == "log" else np.asarray
    first, last = scale(span["from"]), scale(span["to"])
    shares = ((scale(values) - first) / (last - first)).tolist()
    return [round(share, 4) if math.isfinite(share) else None for share in shares]


def _tuning(axes: Mapping[str, Any], numbers: Path, settings: Mapping[str, Any]) -> list[Reading]:
    """Figure 3: a map over orientation and ratio and a curve over orientation, a unit."""
    table = pd.read_csv(numbers, sep="\t")
    found = []
    for unit, chosen in table.groupby("unit", sort=False):
        response = chosen.pivot(index="ratio", columns="orientation_deg", values="response")
        ratios, orientations = response.index.to_numpy(), response.columns.to_numpy()
        values = response.to_numpy()
        name = f"{chosen['layer'].iloc[0]} {unit}"
        place = axes[f"map:{unit}"]
        on_map = {"label": name, "box": place["box"], "x": _axis("orientation", "°", orientations, place["x"])}
        on_map["y"] = _axis("ratio", "", ratios, place["y"])
        found.append(on_map | {"series": [{"name": "response", "values": _short(values.ravel())}]})
        place = axes[f"curve:{unit}"]
        curve = values[tuning.used_ratios(ratios, settings["pattern_size"])].mean(axis=0)
        found.append(_curve(name, place, ("orientation", "°", orientations), {"mean response": curve}))
    return found


def _factor_tuning(axes: Mapping[str, Any], numbers: Path, settings: Mapping[str, Any]) -> list[Reading]:
    """Figure 8: the curves of both factors over wavelength, a source layer."""
    table = pd.read_csv(numbers, sep="\t")
    found = []
    for source, chosen in table.groupby("source", sort=False):
        # The axis runs from long to short: from the left, as the arrow keys lead.
        ordered = chosen.sort_values("wavelength_px", ascending=False)
        curves = {f"{factor} factor": ordered[factor].to_numpy() for factor in ("HF", "LF")}
        axis = ("wavelength", " px", ordered["wavelength_px"].to_numpy())
        found.append(_curve(axes[f"curve:{source}"]["title"], axes[f"curve:{source}"], axis, curves))
    return found


READERS: dict[str, Callable[[Mapping[str, Any], Path, Mapping[str, Any]], list[Reading]]] = {
    "fig03_tuning": _tuning,
    "fig08_factor_tuning": _factor_tuning,
}


def _axis(name: str, unit: str, values: Floats, span: Mapping[str, Any]) -> dict[str, Any]:
    return {"name": name, "unit": unit, "values": _short(values), "at": along(values, span)}


def _curve(name: str, place: Mapping[str, Any], axis: tuple[str, str, Floats], curves: Mapping[str, Floats]) -> Reading:
    series = [
        {"name": key, "values": _short(values), "at": along(values, place["y"])} for key, values in curves.items()
    ]
    return {"label": name, "box": place["box"], "x": _axis(*axis, place["x"]), "series": series}


def _short(values: Floats) -> Sequence[float | None]:
    """Return numbers with three digits, as short as JSON can write them; None where there is none."""
    rounded = (float(f"{value:.3g}") if math.isfinite(value) else None for value in values.tolist())
    return [int(value) if value is not None and value.is_integer() else value for value in rounded]
