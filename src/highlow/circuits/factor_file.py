"""The factors of a path on disk: what was fitted, how stable it is, and the maps of every unit of the branch."""

import os
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from typing import Any

import numpy as np
from numpy.typing import NDArray

from highlow.circuits import factors
from highlow.circuits.factors import Factors
from highlow.runs.errors import HighlowError
from highlow.storage import hdf5_fields, hdf5_files
from highlow.storage.hdf5_fields import INTEGERS, Fields

RANKS = (1, 2, 3, 4)
RANK = 2  # the article's: a high- and a low-frequency factor
Floats = NDArray[np.floating]


@dataclass(frozen=True)
class FactorFit:
    """HF and LF factors of a path between two layers.

    Attributes
    ----------
    factors : Factors
        Of rank 2; factor 0 = HF, factor 1 = LF.
    units : ndarray
        Units that they were fitted on, (unit,).
    branch_units, branch_maps : ndarray
        Every unit of the branch, (n,), and its least-squares maps on the two channel factors, (n, 2, y, x).
    centroid_octaves : ndarray
        Where each factor responds on the wavelength axis, log2 of pixels, (2,).
    unit_stability : ndarray
        Smallest cosine of matched channel factors for every unit left out, (unit,).
    by_rank, seed_stability : dict
        By rank, 1 to 4 or 2 alone: the factorization, and the smallest cosine of matched channel factors for every
        random start, (seed,).
    """

    factors: Factors
    units: NDArray[np.intp]
    branch_units: NDArray[np.intp]
    branch_maps: Floats
    centroid_octaves: Floats
    unit_stability: Floats
    by_rank: Mapping[int, Factors]
    seed_stability: Mapping[int, Floats]

    @property
    def separation_octaves(self) -> float:
        """How much longer the wavelengths of the LF factor are, in octaves."""
        return float(self.centroid_octaves[1] - self.centroid_octaves[0])

    def maps(self, units: NDArray[np.intp]) -> Floats:
        """Return the least-squares maps of some units of the branch, (n, 2, y, x)."""
        return np.asarray(self.branch_maps[np.searchsorted(self.branch_units, units)])


def fit(
    weight: Floats,
    branch_units: NDArray[np.intp],
    units: NDArray[np.intp],
    seeds: int,
    seed: int,
    ranks: Sequence[int] = RANKS,
) -> FactorFit:
    """Fit factors to the expanded weights of some units of a branch.

    Parameters
    ----------
    weight : ndarray
        (branch unit, channel, y, x).
    branch_units : ndarray
        Unit numbers of the first axis.
    units : ndarray
        Units to fit, a subset.
    seeds, seed : int
        Number of random starts, and the first seed.
    ranks : sequence of int
        Numbers of factors, the article's 2 among them; those that the matrix is too small for are left out.

    Raises
    ------
    HighlowError
        If there are too few channels, or weights to them, for two factors.
    """
    chosen = weight[np.searchsorted(branch_units, units)]
    if min(len(factors.as_matrix(chosen)), chosen.shape[1]) < RANK:
        raise HighlowError(
            f"{chosen.shape[1]} channels and {len(chosen)} units are too few for {RANK} factors; choose another source"
        )
    by_rank, stability = {}, {}
    for rank in ranks:
        if rank > min(len(factors.as_matrix(chosen)), chosen.shape[1]):
            continue
        by_rank[rank], stability[rank] = factors.best_of_seeds(chosen, rank, seeds, seed)
    best = by_rank[RANK]
    return FactorFit(
        factors=best,
        units=units,
        branch_units=branch_units,
        branch_maps=factors.spatial_maps(weight, best.channel),
        centroid_octaves=np.full(RANK, np.nan),
        unit_stability=factors.leave_one_unit_out(chosen, best),
        by_rank=by_rank,
        seed_stability=stability,
    )


def named_fit(
    weight: Floats,
    branch_units: NDArray[np.intp],
    units: NDArray[np.intp],
    textures: Floats,
    wavelength: Floats,
    seeds: int,
    seed: int,
    ranks: Sequence[int] = RANKS,
) -> FactorFit:
    """Fit factors, and tell which is HF and which LF.

    Parameters
    ----------
    weight, branch_units, units, seeds, seed, ranks
        As for `fit`.
    textures, wavelength : ndarray
        As for `high_frequency_first`.
    """
    return high_frequency_first(fit(weight, branch_units, units, seeds, seed, ranks), textures, wavelength)


def high_frequency_first(found: FactorFit, response: Floats, wavelength: Floats) -> FactorFit:
    """Return the fit with the factor that responds to the shorter wavelengths first.

    `response` is that of the source channels to uniform textures, (wavelength, channel).
    """

    def order_of(part: Factors) -> list[int]:
        centroid = factors.frequency_centroids(part.channel, response, wavelength)
        return [int(index) for index in np.argsort(centroid, kind="stable")]

    order = order_of(found.factors)
    ordered = factors.reordered(found.factors, order)
    return replace(
        found,
        factors=ordered,
        branch_maps=found.branch_maps[:, order],
        centroid_octaves=factors.frequency_centroids(ordered.channel, response, wavelength),
        by_rank={rank: factors.reordered(part, order_of(part)) for rank, part in found.by_rank.items()},
    )


def write(path: str | os.PathLike[str], found: FactorFit, origin: Mapping[str, Any]) -> None:
    """Write a fit to HDF5."""
    with hdf5_files.create(path, origin) as file:
        file.attrs["explained"] = found.factors.explained
        file.attrs["explained_bound"] = found.factors.bound
        file.attrs["converged"] = found.factors.converged
        file.attrs["frequency_separation_octaves"] = found.separation_octaves
        hdf5_files.write_scale(file, "factor", np.array([b"HF", b"LF"]))
        hdf5_files.write_scale(file, "unit", found.units)
        hdf5_files.write_scale(file, "branch_unit", found.branch_units)
        hdf5_files.write_array(file, "channel_factor", found.factors.channel, ("factor", "channel"))
        hdf5_files.write_array(file, "spatial_factor", found.factors.spatial, ("unit", "factor", "y", "x"))
        hdf5_files.write_array(file, "branch_map", found.branch_maps, ("branch_unit", "factor", "y", "x"))
        hdf5_files.write_array(file, "frequency_centroid", found.centroid_octaves, ("factor",), unit="log2 pixel")
        hdf5_files.write_array(file, "seed_stability", found.seed_stability[RANK], ("seed",), unit="cosine")
        hdf5_files.write_array(file, "unit_stability", found.unit_stability, ("unit",), unit="cosine")
        for rank, other in found.by_rank.items():
            group = file.create_group(f"rank/{rank}")
            group.attrs["explained"] = other.explained
            group.attrs["explained_bound"] = other.bound
            group.attrs["converged"] = other.converged
            hdf5_files.write_array(group, "seed_stability", found.seed_stability[rank], ("seed",), unit="cosine")
            hdf5_files.write_array(group, "channel_factor", other.channel, ("factor", "channel"))
            hdf5_files.write_array(group, "spatial_factor", other.spatial, ("unit", "factor", "y", "x"))
        file.attrs["units"] = found.units
        file.attrs["seeds"] = len(found.seed_stability[RANK])


def read(path: str | os.PathLike[str]) -> FactorFit:
    """Read a fit; a missing or damaged file raises a HighlowError."""
    with hdf5_fields.opened(path) as fields:
        fitted = _stored(fields, RANK)
        by_rank = fields.fields("rank")
        ranks = {rank: by_rank.fields(str(rank)) for rank in RANKS if str(rank) in by_rank.group}
        return FactorFit(
            factors=fitted,
            units=fields.array("unit", ["unit"], INTEGERS),
            branch_units=fields.array("branch_unit", ["branch_unit"], INTEGERS),
            branch_maps=fields.array("branch_map", ("branch_unit", RANK, "y", "x")),
            centroid_octaves=fields.array("frequency_centroid", [RANK]),
            unit_stability=fields.array("unit_stability", ["unit"]),
            by_rank={rank: _stored(found, rank) for rank, found in ranks.items()},
            seed_stability={rank: found.array("seed_stability", ["seed"]) for rank, found in ranks.items()},
        )


def _stored(fields: Fields, rank: int) -> Factors:
    return Factors(
        fields.array("channel_factor", (rank, "channel")),
        fields.array("spatial_factor", ("unit", rank, "y", "x")),
        fields.number("explained"),
        fields.number("explained_bound"),
        fields.flag("converged"),
    )
