"""Measures whether the population of detectors points to what is in focus, in both photographs of a scene."""

import numpy as np
import pandas as pd
from numpy.typing import NDArray
from scipy import stats

from highlow.experiments import branch_reader, population, statistics
from highlow.experiments.branch_reader import BranchReader
from highlow.experiments.focus.claims import COLUMNS, DETECTORS, EDGES
from highlow.experiments.focus.windows import Windows, windows
from highlow.experiments.subject import Subject
from highlow.networks.pattern_size import longest_high_wavelength
from highlow.probes import families
from highlow.probes.responses import answers
from highlow.probes.tuning import first_harmonic

PERMUTATIONS = 4999
Floats = NDArray[np.floating]


def measure(subject: Subject, seed: int, folder: str) -> pd.DataFrame:
    """Return what the population answers where the focus changes sides.

    Parameters
    ----------
    subject : Subject
        The network; its units are the population.
    seed : int
        Of the permutations.
    folder : str
        Scenes, each photographed in focus near and far.

    Returns
    -------
    DataFrame
        `claims.COLUMNS`, rows by `kind`, each for the detectors and for as many luminance-edge units: `border`, one a
        place; `scene`, the mean over its places; `unit`, one a unit; `all`, over scenes; `skipped`, a scene left out.
        The effect is half the difference between how far the population points to the side that is sharp in A when
        shown A and when shown B: 1 where it points there fully, and fully back when the focus is swapped.
    """
    reader = branch_reader.of(subject)
    cut = longest_high_wavelength(subject.pattern_size)
    shown = windows(folder, reader.canvas, reader.centre, reader.field, cut)
    known = subject.detectors.set_index("unit")
    offset = int(subject.units[0] - reader.units[0])
    tables = [shown.skipped.assign(kind="skipped")]
    if len(shown.table):
        first, second = reader.responses(shown.first), reader.responses(shown.second)
        for group, channels in ((DETECTORS, reader.units), (EDGES, edge_units(reader, subject.pattern_size, seed))):
            rows = known.loc[channels + offset]
            preferred, peak = (
                rows[name].to_numpy(np.float64) for name in ("preferred_orientation_deg", "peak_response")
            )
            a, b = first[:, channels], second[:, channels]
            places = _borders(shown, a, b, preferred, peak)
            scenes = of_scenes(places)
            units = _units(shown, a, b, preferred, seed).assign(
                unit=channels + offset, is_detector=rows["is_detector"].to_numpy()
            )
            tables += [table.assign(group=group) for table in (places, scenes, units, _all(scenes, seed))]
    found = pd.concat([table for table in tables if len(table)], ignore_index=True)
    return found.assign(layer=subject.layer).reindex(columns=list(COLUMNS))


def edge_units(reader: BranchReader, pattern_size: float, seed: int) -> NDArray[np.intp]:
    """Return channels of the branch that answer luminance edges most, and one side of them, as many as the population.

    By the length of the first harmonic over orientations, sum r exp(i theta) / sum r, times r / (r + median r) for the
    largest response r. Units of the population are left out.
    """
    shown = families.family(
        "luminance_edge", orientation_count=2, ratio_count=2, phase_count=1, pattern_size=pattern_size, seed=seed
    )
    curve = answers(reader.network, shown).mean(axis=1)
    peak = curve.max(axis=0)
    strong = np.divide(peak, peak + np.median(peak), out=np.zeros_like(peak), where=peak > 0)
    score = np.nan_to_num(np.abs(first_harmonic(curve, shown.axes["orientation"]))) * strong
    score[reader.units] = -1
    chosen = np.argsort(-score, kind="stable")[: min(len(reader.units), len(score) - len(reader.units))]
    return np.sort(chosen)


def _borders(shown: Windows, first: Floats, second: Floats, preferred: Floats, peak: Floats) -> pd.DataFrame:
    """Return how far the population points to the side that is sharp in A, at every place in A and in B."""
    true = shown.table["true_deg"].to_numpy()
    a, b = (population.read(response, preferred, peak) for response in (first, second))
    towards_a, towards_b = a.along(true), b.along(true)
    return shown.table.assign(
        kind="border",
        decoded_a_deg=a.direction_deg,
        decoded_b_deg=b.direction_deg,
        along_a=towards_a,
        along_b=towards_b,
        effect=(towards_a - towards_b) / 2,
        flips=((towards_a > 0) & (towards_b < 0)).astype(float),
    )


def of_scenes(places: pd.DataFrame) -> pd.DataFrame:
    """Return the means over the places of each scene."""
    grouped = places.groupby(["scene", "file_a", "file_b"], as_index=False)
    means = grouped[["along_a", "along_b", "effect", "flips"]].mean()
    counts = grouped.size()["size"].to_numpy()
    return pd.DataFrame(means.assign(kind="scene", borders=counts))


def _units(shown: Windows, first: Floats, second: Floats, preferred: Floats, seed: int) -> pd.DataFrame:
    """Return how each unit's response changes with the focus, along its preferred orientation.

    The effect is sum (r_A - r_B) cos(direction - preferred) / sum (r_A + r_B) over places. The permutation swaps A and
    B by scene; its p-value is one-sided.
    """
    scene, count = pd.factorize(shown.table["scene"])
    cosine = np.cos(np.deg2rad(shown.table["true_deg"].to_numpy()[:, None] - preferred))
    change = (first.astype(np.float64) - second) * np.nan_to_num(cosine)
    by_scene = np.zeros((len(count), len(preferred)))
    np.add.at(by_scene, scene, change)
    total = (first.astype(np.float64) + second).sum(axis=0)
    known = (total > 0) & np.isfinite(preferred)
    signs = np.random.default_rng(seed).choice([-1.0, 1.0], (PERMUTATIONS, len(count)))
    reached = (signs @ by_scene >= by_scene.sum(axis=0)).sum(axis=0)
    p_value = np.where(known, (1 + reached) / (1 + PERMUTATIONS), np.nan)
    effect = np.divide(by_scene.sum(axis=0), total, out=np.full(len(total), np.nan), where=known)
    return pd.DataFrame(
        {
            "kind": "unit",
            "true_deg": preferred,
            "effect": effect,
            "p_swapped_pairs": p_value,
            "q_benjamini_hochberg": statistics.corrected(p_value),
        }
    )


def _all(scenes: pd.DataFrame, seed: int) -> pd.DataFrame:
    """Return the mean effect over scenes, its interval, and the p-value of swapping A and B by scene, two-sided."""
    effects = scenes["effect"].to_numpy()
    value, low, high = statistics.bootstrap(effects, seed, np.mean)
    p_value = np.nan
    if len(effects) > 1:
        test = stats.permutation_test(
            (effects,), np.mean, permutation_type="samples", n_resamples=PERMUTATIONS, vectorized=True, rng=seed
        )
        p_value = float(test.pvalue)
    spread = float(effects.std(ddof=1)) if len(effects) > 1 else np.nan
    return pd.DataFrame(
        {
            "kind": ["all"],
            "effect": value,
            "low": low,
            "high": high,
            "standardized": value / spread if spread > 0 else np.nan,
            "flips": scenes["flips"].mean(),
            "p_swapped_pairs": p_value,
            "borders": scenes["borders"].sum(),
        }
    )
