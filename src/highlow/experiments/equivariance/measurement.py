"""Measures whether the population of detectors turns with rotated stimuli and with rotated image crops."""

from dataclasses import replace

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.experiments import branch_reader, population, statistics
from highlow.experiments.branch_reader import BranchReader
from highlow.experiments.equivariance.claims import COLUMNS
from highlow.experiments.equivariance.crops import TURNS, Places, turned_crops
from highlow.experiments.photographs import Photographs
from highlow.experiments.subject import Subject
from highlow.networks.pattern_size import largest_ratio
from highlow.probes import families
from highlow.probes.circular import angle_between
from highlow.probes.families import Family
from highlow.probes.responses import answers

IMAGES = 120
RATIO, PHASES, ORIENTATIONS = 3.0, 8, 36
PERMUTATIONS = 2000
Floats = NDArray[np.floating]


def measure(subject: Subject, seed: int, photographs: Photographs) -> pd.DataFrame:
    """Return what the population says of rotated stimuli and rotated crops of images.

    Parameters
    ----------
    subject : Subject
        The network; its units are the population.
    seed : int
        Of the balanced stimuli and of the permutations.
    photographs : Photographs
        Images to search for the crops.

    Returns
    -------
    DataFrame
        `claims.COLUMNS`, rows by `kind`: `stimulus`, one a stimulus; `crop`, one a turn of a crop, decoded without the
        unit that it was found for; `tuning`, a unit's response to other units' crops by the direction that they have
        after turning, beside that to stimuli, both in parts of their own peak; `unit`, both compared.
    """
    reader = branch_reader.of(subject)
    known = subject.detectors.set_index("unit").loc[subject.units]
    preferred, peak = (known[name].to_numpy(np.float64) for name in ("preferred_orientation_deg", "peak_response"))
    stimuli, curve = _stimuli(reader, preferred, peak, subject.pattern_size, seed)
    places = turned_crops(reader, photographs.sample(IMAGES))
    crops, tuning = _crops(places, preferred, peak), _tuning(places, preferred, curve)
    units = _units(places, preferred, tuning, seed)
    units["is_detector"] = known["is_detector"].to_numpy()
    found = pd.concat([table for table in (stimuli, crops, tuning, units) if len(table)], ignore_index=True)
    numbers = found["unit"].map(dict(enumerate(subject.units.tolist())))
    return found.assign(layer=subject.layer, unit=numbers).reindex(columns=list(COLUMNS))


def unseen_family(name: str, pattern_size: float, seed: int) -> Family:
    """Return stimuli of `high_low` or `high_low_balanced` that no preferred orientation was measured with.

    The orientations lie between the grid's; phases lie between those of the grid, and the noise is another draw.
    """
    drawn = families.family(
        name, orientation_count=3, ratio_count=2, phase_count=PHASES, pattern_size=pattern_size, seed=seed + 1
    )
    values = {
        "ratio": np.array([min(RATIO, largest_ratio(pattern_size))]),
        "orientation": 360 / ORIENTATIONS * (np.arange(ORIENTATIONS) + 0.5),
    }
    if name == "high_low":
        values["phase"] = drawn.axes["phase"] + 180 / PHASES
    own = {"ratio": "ratio", "orientation_deg": "orientation", "phase_deg": "phase"}  # the axis of each parameter
    parameters = {key: (axes, values.get(own.get(key, ""), old)) for key, (axes, old) in drawn.parameters.items()}
    return replace(drawn, axes={**drawn.axes, **values}, parameters=parameters)


def _stimuli(
    reader: BranchReader, preferred: Floats, peak: Floats, pattern_size: float, seed: int
) -> tuple[pd.DataFrame, Floats]:
    """Return the decoded direction of every stimulus, and the units' tuning, (orientation, unit), to `high_low`."""
    tables, curves = [], []
    for name in ("high_low", "high_low_balanced"):
        shown = unseen_family(name, pattern_size, seed)
        response = answers(reader.network, shown)[0][..., reader.units]
        true = np.broadcast_to(shown.axes["orientation"][:, None], response.shape[:2]).ravel()
        decoded = population.read(response, preferred, peak).direction_deg.ravel()
        error = population.error_deg(decoded, true)
        tables.append(
            pd.DataFrame(
                {"kind": "stimulus", "family": name, "true_deg": true, "decoded_deg": decoded, "error_deg": error}
            )
        )
        curves.append(response.mean(axis=1))
    return pd.concat(tables, ignore_index=True), np.asarray(curves[0])


def _crops(places: Places, preferred: Floats, peak: Floats) -> pd.DataFrame:
    """Return the decoded direction of every crop after every turn; the unit that found it has no vote."""
    tables = []
    for number, unit in enumerate(places.unit):
        others = np.arange(len(preferred)) != unit
        decoded = population.read(places.response[number], preferred, peak, others).direction_deg
        true = (preferred[unit] + TURNS) % 360
        values = {"turn_deg": TURNS, "true_deg": true, "decoded_deg": decoded}
        error = population.error_deg(decoded, true)
        same = {"kind": "crop", "unit": unit, "rank": places.rank[number], "image": places.image[number]}
        tables.append(pd.DataFrame({**same, **values, "error_deg": error}))
    return pd.concat(tables, ignore_index=True) if tables else pd.DataFrame()


def _tuning(places: Places, preferred: Floats, curve: Floats) -> pd.DataFrame:
    """Return each unit's mean response to other units' crops by their direction, and that to stimuli."""
    step = 360 / len(TURNS)
    middles = step * (np.arange(len(TURNS)) + 0.5)
    orientations = 360 / ORIENTATIONS * (np.arange(ORIENTATIONS) + 0.5)
    tables = []
    for unit in range(len(preferred)):
        others = (places.unit != unit) & np.isfinite(preferred[places.unit])
        direction = (preferred[places.unit[others]][:, None] + TURNS) % 360
        place = np.minimum(direction // step, len(TURNS) - 1).astype(int).ravel()
        total = np.bincount(place, places.response[others][:, :, unit].ravel(), len(TURNS))
        count = np.bincount(place, minlength=len(TURNS))
        shown = np.divide(total, count, out=np.full(len(TURNS), np.nan), where=count > 0)
        synthetic = np.interp(middles, orientations, curve[:, unit], period=360)
        values = {"true_deg": middles, "response": _of_peak(shown), "stimulus_response": _of_peak(synthetic)}
        tables.append(pd.DataFrame({"kind": "tuning", "unit": unit, **values}))
    return pd.concat(tables, ignore_index=True)


def _units(places: Places, preferred: Floats, tuning: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return how each unit's tuning on crops and on stimuli agree, a row a unit."""
    generator = np.random.default_rng(seed)
    drawn = np.exp(1j * np.deg2rad(generator.choice(TURNS, (PERMUTATIONS, len(places.unit)))))
    turning = np.exp(1j * np.deg2rad(TURNS))
    rows = []
    for unit, curves in tuning.groupby("unit"):
        index = int(str(unit))
        others = (places.unit != index) & np.isfinite(preferred[places.unit])
        owners = np.exp(1j * np.deg2rad(preferred[places.unit[others]]))
        moments = owners * (places.response[others][:, :, index].astype(np.float64) @ turning)
        known = np.isfinite(preferred[index]) and bool(np.abs(moments).sum() > 0)
        decoded = float(np.rad2deg(np.angle(moments.sum())) % 360) if known else np.nan
        towards = np.exp(-1j * np.deg2rad(preferred[index]))
        chance = np.real(drawn[:, others] @ moments * towards)
        reached = (chance >= np.real(moments.sum() * towards)).sum()
        both = curves[["response", "stimulus_response"]].dropna().to_numpy()
        flat = len(both) < 2 or bool((both.std(axis=0) == 0).any())
        rows.append(
            {
                "kind": "unit",
                "unit": index,
                "true_deg": preferred[index],
                "decoded_deg": decoded,
                "error_deg": float(np.abs(angle_between(np.array(decoded), preferred[index]))),
                "correlation": np.nan if flat else float(np.corrcoef(both.T)[0, 1]),
                "p_permuted_turns": (1 + reached) / (1 + PERMUTATIONS) if known else np.nan,
            }
        )
    table = pd.DataFrame(rows)
    return table.assign(q_benjamini_hochberg=statistics.corrected(table["p_permuted_turns"].to_numpy()))


def _of_peak(curve: Floats) -> Floats:
    largest = np.nanmax(curve, initial=0)
    return np.asarray(curve / largest if largest > 0 else curve)
