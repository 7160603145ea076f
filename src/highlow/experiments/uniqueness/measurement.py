"""Fit the factors of a network anew, in many ways, and measure whether each solution tells the article's story."""

from collections.abc import Iterator
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits import factors
from highlow.experiments.subject import Subject
from highlow.experiments.uniqueness import factorizations
from highlow.experiments.uniqueness.claims import COLUMNS, NMF, NOTHING, PCA, SEMI_NMF, START, UNITS, tells
from highlow.probes.circular import angle_between
from highlow.probes.coarse_families import coarse_family
from highlow.probes.responses import answers

RANKS = (1, 2, 3, 4, 5, 6)
STARTS, SEMI_STARTS, RESAMPLES = 20, 5, 50
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class Judge:
    """What a solution is judged by.

    Attributes
    ----------
    textures, wavelength : ndarray
        Responses of the source channels to uniform textures, (wavelength, channel), and the wavelengths, pixels.
    weight : ndarray
        Expanded weights of the units that are judged, (unit, channel, y, x).
    preferred_deg : ndarray
        Their preferred orientation by responses, degrees, (unit,).
    high_low : ndarray
        The HF and LF channel factor of the pipeline, (2, channel).
    """

    textures: Floats
    wavelength: Floats
    weight: Floats
    preferred_deg: Floats
    high_low: Floats

    def row(self, channel: Floats) -> dict[str, float]:
        """Return the story that channel factors tell: of those of the shortest and of the longest wavelengths.

        Maps are the least-squares fit on these two alone, so that solutions of every rank are compared alike. A single
        factor tells none.
        """
        if len(channel) == 1:
            return {"cosine_to_hf_lf": factors.similarity(self.high_low, channel), "tells": 0}
        centroid = factors.frequency_centroids(channel, self.textures, self.wavelength)
        order = np.argsort(centroid, kind="stable")
        ends = channel[[order[0], order[-1]]]
        maps = factors.spatial_maps(self.weight, ends)
        correlation = float(np.nanmedian(factors.map_correlation(maps[:, 0], maps[:, 1])))
        angle = factors.weight_orientation(maps[:, 0], maps[:, 1])
        difference = float(np.nanmedian(np.abs(angle_between(angle, self.preferred_deg))))
        separation = float(centroid[order[-1]] - centroid[order[0]])
        return {
            "cosine_to_hf_lf": factors.similarity(self.high_low, ends),
            "separation_octaves": separation,
            "map_correlation": correlation,
            "orientation_difference_deg": difference,
            "tells": int(tells(separation, correlation, difference)),
        }


def judge(subject: Subject, seed: int) -> Judge:
    """Return what solutions of a network are judged by; the seed is of its textures."""
    family = coarse_family("uniform_plaid", subject.pattern_size, seed)
    textures = answers(subject.network(subject.source), family).mean(axis=(1, 2))
    preferred = subject.detectors.set_index("unit")["preferred_orientation_deg"].loc[subject.units].to_numpy()
    known = np.isfinite(preferred)  # a silent unit has none
    weight = subject.weight[np.searchsorted(subject.branch_units, subject.units[known])]
    return Judge(textures, family.axes["wavelength"], weight, preferred[known], subject.fit.factors.channel)


def measure(subject: Subject, seed: int) -> pd.DataFrame:
    """Return a row a solution.

    Parameters
    ----------
    subject : Subject
        The network.
    seed : int
        Of the random starts and of the resampling of units.

    Returns
    -------
    DataFrame
        `COLUMNS` without `variant`. `cosine` is the smallest between matched channel factors of a solution and of the
        reference of its method and rank (the one with `change` nothing); of that of `semi_nmf`, to the NMF of its
        rank; of `pca`, the cosine of the largest angle between the space that it spans and that of the NMF.
    """
    weight = subject.weight[np.searchsorted(subject.branch_units, subject.fit.units)]
    judged_by = judge(subject, seed)
    rows = list(_solutions(weight, judged_by, seed))
    table = pd.DataFrame(rows).assign(layer=subject.layer, source=subject.source)
    return table.reindex(columns=[name for name in COLUMNS if name != "variant"])


def _solutions(weight: Floats, judged_by: Judge, seed: int) -> Iterator[dict[str, object]]:
    matrix = factors.as_matrix(weight)
    signed = factorizations.principal_directions(matrix, max(RANKS))
    for rank in (rank for rank in RANKS if rank <= min(matrix.shape)):
        starts = [factors.factorize(weight, rank, seed=start) for start in (None, *range(seed, seed + STARTS))]
        best = max(starts, key=lambda found: round(found.explained, 6))
        yield _nmf(rank, NOTHING, 0, best, best) | judged_by.row(best.channel)
        for draw, found in enumerate(starts[1:]):
            yield _nmf(rank, START, draw, found, best) | judged_by.row(found.channel)
        yield from _semi(matrix, rank, best.channel, judged_by, seed)
        story = judged_by.row(factorizations.cut_at_zero(signed[0])) if rank == 1 else {}
        cosine = factorizations.plane_cosine(signed[:rank], best.channel)
        yield _row(PCA, rank, NOTHING, 0, best.bound, cosine) | story
        if rank == len(judged_by.high_low):
            yield from _resampled(weight, best, judged_by, seed)


def _resampled(weight: Floats, best: factors.Factors, judged_by: Judge, seed: int) -> Iterator[dict[str, object]]:
    """Yield the solutions of as many units, drawn with replacement."""
    generator = np.random.default_rng(seed)
    rank = len(best.channel)
    for draw in range(RESAMPLES):
        found = factors.factorize(weight[generator.integers(0, len(weight), len(weight))], rank)
        yield _nmf(rank, UNITS, draw, found, best) | judged_by.row(found.channel)


def _semi(matrix: Floats, rank: int, nmf: Floats, judged_by: Judge, seed: int) -> Iterator[dict[str, object]]:
    found = [factorizations.semi_nmf(matrix, rank, start) for start in range(seed, seed + SEMI_STARTS)]
    best = max(found, key=lambda solution: round(solution[1], 6))
    for draw, (channel, explained) in enumerate(found):
        cosine = factors.similarity(best[0], channel)
        yield _row(SEMI_NMF, rank, START, draw, explained, cosine) | judged_by.row(channel)
    yield _row(SEMI_NMF, rank, NOTHING, 0, best[1], factors.similarity(nmf, best[0])) | judged_by.row(best[0])


def _nmf(rank: int, change: str, draw: int, found: factors.Factors, best: factors.Factors) -> dict[str, object]:
    return _row(NMF, rank, change, draw, found.explained, factors.similarity(best.channel, found.channel))


def _row(method: str, rank: int, change: str, draw: int, explained: float, cosine: float) -> dict[str, object]:
    return {
        "method": method,
        "rank": rank,
        "change": change,
        "draw": draw,
        "explained": explained,
        "cosine": cosine,
    }
