"""Every surgery on every detector of a network, and what is left of its tuning and its responses to photographs."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits.factor_file import RANK
from highlow.circuits.factors import spatial_maps
from highlow.experiments.photographs import Photographs
from highlow.experiments.subject import Subject
from highlow.experiments.surgery import compared, replaced, replay, smallest
from highlow.experiments.surgery.claims import COLUMNS, NETWORK
from highlow.experiments.surgery.replay import Seen
from highlow.probes.coarse_families import coarse_family
from highlow.probes.families import Family

PHOTOGRAPHS = 80
DRAWS = 3  # of each random surgery
SAMPLED = 2000  # positions of photographs at which weights are chosen

Floats = NDArray[np.floating]
Kernels = dict[str, list[Floats]]


@dataclass(frozen=True)
class Shown:
    """What all units of a network were shown, and what their windows held.

    Attributes
    ----------
    family : Family
        High-low stimuli.
    windows, sample : ndarray
        The source's activations in the window, to each stimulus and at some positions of photographs, (n, part).
    positions : ndarray
        Those positions, (n,).
    seen : Seen
        All positions of photographs.
    window_covariance, sample_covariance : ndarray
        Of the above, (part, part).
    """

    family: Family
    windows: Floats
    sample: Floats
    positions: NDArray[np.intp]
    seen: Seen
    window_covariance: Floats
    sample_covariance: Floats


@dataclass(frozen=True)
class Unit:
    """A unit as it is in the network: its weights (channel, y, x), bias, and responses to stimuli and photographs."""

    weight: Floats
    bias: float
    to_stimuli: Floats
    to_photographs: Floats

    @property
    def share_active(self) -> float:
        """Share of the photographs' positions at which it responds."""
        return float((self.to_photographs > 0).mean())


def measure(subject: Subject, seed: int, *, photographs: Photographs) -> pd.DataFrame:
    """Return what is left of each unit after each surgery: the columns of the table, without the variant.

    Parameters
    ----------
    subject : Subject
        The network.
    seed : int
        Of what is drawn at random.
    photographs : Photographs
        At most 80 of them are looked at.
    """
    way = replay.path(subject.extracted, subject.source, subject.layer, subject.branch)
    family = coarse_family("high_low", subject.pattern_size, seed)
    windows, to_stimuli = replay.of_stimuli(way, family)
    seen = replay.of_photographs(way, (picture for _, picture in photographs.sample(PHOTOGRAPHS)))
    count = seen.responses.shape[1]
    positions = np.sort(np.random.default_rng(seed).permutation(count)[:SAMPLED])
    sample = seen.windows(positions)
    covariances = (np.cov(part.T, dtype=np.float32) for part in (windows, sample))
    shown = Shown(family, windows, sample, positions, seen, *covariances)
    orientation = subject.detectors.set_index("unit")["preferred_orientation_deg"]
    rows: list[dict[str, object]] = []
    for unit in subject.units.tolist():
        place = int(np.searchsorted(subject.branch_units, unit))
        whole = Unit(
            way.kernel.weight[place].numpy().astype(np.float64),
            float(way.bias[place]),
            to_stimuli[:, place],
            seen.responses[place],
        )
        generator = np.random.default_rng([seed, unit])
        kernels = surgeries(subject, whole, float(orientation[unit]), generator) | fewest(whole, shown, generator)
        for row in answers(whole, kernels, shown):
            rows.append({"layer": subject.layer, "unit": unit} | row)
    return pd.DataFrame(rows)[list(COLUMNS)]


def surgeries(subject: Subject, unit: Unit, orientation_deg: float, generator: np.random.Generator) -> Kernels:
    """Return the weights of a unit after each surgery, (channel, y, x), by its name: one, or as many as were drawn."""
    weight = unit.weight
    fitted = {rank: found.channel for rank, found in subject.fit.by_rank.items()}
    pair = fitted[RANK]
    maps = spatial_maps(weight[None], pair)[0]
    step = replaced.oriented_step(np.nan_to_num(orientation_deg), *weight.shape[1:])
    hand = {"hand": slice(None), "hand_hf": slice(0, 1), "hand_lf": slice(1, 2)}
    ranks = {f"rank_{rank}": channel for rank, channel in fitted.items()}
    cores = {name: replaced.core_channels(factor) for name, factor in zip(("hf", "lf"), pair, strict=True)}
    one = (
        {"path": weight}
        | {
            name: replaced.of_factors(spatial_maps(weight[None], channel)[0], channel)
            for name, channel in ranks.items()
        }
        | {f"own_rank_{rank}": replaced.of_own_factors(weight, rank) for rank in fitted}
        | {name: replaced.by_hand(maps[part], pair[part], step) for name, part in hand.items()}
        | {f"only_{name}": replaced.of_factors(maps[[place]], pair[[place]]) for place, name in enumerate(cores)}
        | {f"without_{name}": replaced.without(weight, core) for name, core in cores.items()}
    )
    several = {}
    for name, core in cores.items():
        removed = [replaced.as_many(core, generator) for _ in range(DRAWS)]
        several[f"without_as_many_as_{name}"] = [replaced.without(weight, channels) for channels in removed]
    several["other_channels"] = [replaced.with_other_channels(weight, generator) for _ in range(DRAWS)]
    return {name: [kernel] for name, kernel in one.items()} | several


def fewest(unit: Unit, shown: Shown, generator: np.random.Generator) -> Kernels:
    """Return the fewest weights that keep a unit's tuning, or its responses to photographs, and as many at random."""
    shape, flat = shown.family.shape, unit.weight.ravel()
    truth = {
        "tuning": compared.surface(unit.to_stimuli, shape),
        "photograph": unit.to_photographs[shown.positions],
    }
    found: Kernels = {}
    for name, covariance in (("tuning", shown.window_covariance), ("photograph", shown.sample_covariance)):
        sets = []
        for order in smallest.orders(flat, covariance):
            to_stimuli = np.cumsum(_shares(shown.windows, flat, order), axis=0) if name == "tuning" else None

            def answer(drive: Floats, needed: float, parts: int, to_stimuli: Floats | None = to_stimuli) -> Floats:
                if to_stimuli is None:
                    return compared.responses(drive, needed)
                return compared.surface(compared.responses(to_stimuli[parts - 1], needed), shape)

            shares = _shares(shown.sample, flat, order)
            sets.append(order[: smallest.fewest(shares, unit.share_active, answer, truth[name])])
        kept = min(sets, key=len)
        found[f"fewest_{name}_weights"] = [replaced.only(unit.weight, kept)]
        found[f"as_many_as_{name}_weights"] = [
            replaced.only(unit.weight, replaced.drawn(unit.weight, len(kept), generator)) for _ in range(DRAWS)
        ]
    return found


def _shares(windows: Floats, weight: Floats, order: NDArray[np.intp]) -> Floats:
    """Return what every part adds in windows (n, part), float32 (part, n), in an order."""
    return np.asarray(windows.T[order] * weight[order, None].astype(np.float32))


def answers(unit: Unit, kernels: Kernels, shown: Shown) -> Iterator[dict[str, object]]:
    """Yield the rows of a unit: as it is in the network, and after each surgery with either bias."""
    orientation, shape = shown.family.axes["orientation"], shown.family.shape
    truth = compared.surface(unit.to_stimuli, shape)
    top = compared.strongest(unit.to_photographs)
    yield {
        "surgery": NETWORK,
        "bias": "kept",
        "kept_weights": float(np.count_nonzero(unit.weight)),
        "share_active": unit.share_active,
        "tuning_correlation": 1.0,
        "photograph_correlation": 1.0,
        "drive_share": np.nan,
    } | dict(compared.tuning(truth, orientation))
    flat = [kernel for drawn in kernels.values() for kernel in drawn]
    drives = iter(shown.seen.drives(flat))
    whole = np.nan
    for name, drawn in kernels.items():
        found: dict[str, list[dict[str, float]]] = {"matched": [], "kept": []}
        for kernel in drawn:
            drive, to_stimuli = next(drives), shown.windows @ kernel.ravel()
            excess = compared.excess(drive, top)
            whole = excess if name == "path" else whole
            needed = {"matched": compared.threshold(drive, unit.share_active), "kept": -unit.bias}
            for bias, level in needed.items():
                tuned = compared.surface(compared.responses(to_stimuli, level), shape)
                answer = compared.responses(drive, level)
                found[bias].append(
                    {
                        "kept_weights": float(np.count_nonzero(kernel)),
                        "share_active": float((answer > 0).mean()),
                        "tuning_correlation": compared.correlation(tuned, truth),
                        "photograph_correlation": compared.correlation(answer, unit.to_photographs),
                        "drive_share": excess / whole if whole > 0 else np.nan,
                        **compared.tuning(tuned, orientation),
                    }
                )
        for bias, several in found.items():
            yield {"surgery": name, "bias": bias, **_mean(several)}


def _mean(several: list[dict[str, float]]) -> dict[str, float]:
    """Return the mean of each number over draws; of one draw itself, of several no orientation."""
    if len(several) == 1:
        return several[0]
    mean = {name: float(np.mean([one[name] for one in several])) for name in several[0]}
    return mean | {"preferred_orientation_deg": np.nan}
