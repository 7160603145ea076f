"""What an experiment is done on: a network, intact or destroyed, with what was found in it."""

import os
from collections.abc import Iterator, Mapping
from dataclasses import dataclass

import numpy as np
import pandas as pd
from numpy.typing import NDArray

from highlow.circuits import detection, expanded_weight_file, factor_file
from highlow.circuits.factor_file import FactorFit
from highlow.networks import extracted
from highlow.networks.extracted import Extracted
from highlow.networks.model import Network
from highlow.runs.progress import progress
from highlow.storage import table_files

# Fewer detectors are no population: the best candidates are taken instead, so that a destroyed network is tried too.
FEWEST_DETECTORS = 3
MOST_CANDIDATES = 8
# What is read of each network, as `read` calls it.
FILES = ("weights", "detectors", "factors", "expanded_weights")


@dataclass(frozen=True)
class Subject:
    """A network and what was found in its studied layer.

    Attributes
    ----------
    variant : str
        `intact`, or what is destroyed: the control's name without the network's, as `shuffled_space`.
    extracted : Extracted
        Architecture and weights.
    layer, branch, source : str
        The studied layer, the branch of its detectors, and the nearest earlier layer that the factors are over.
    pattern_size : float
        Of the stimuli, in pixels.
    detectors : DataFrame
        The detectors table: every unit of the layer.
    fit : FactorFit
        Factors of the source's channels.
    weight, branch_units : ndarray
        Expanded weights from the source, (n, channel, y, x), and the units of the branch that they are of, (n,).
    """

    variant: str
    extracted: Extracted
    layer: str
    branch: str
    source: str
    pattern_size: float
    detectors: pd.DataFrame
    fit: FactorFit
    weight: NDArray[np.floating]
    branch_units: NDArray[np.intp]

    @property
    def units(self) -> NDArray[np.intp]:
        """The branch's detectors; where they are fewer than 3, its best-scored units, 8 at most."""
        of_branch = self.detectors[self.detectors["branch"] == self.branch]
        found = of_branch[of_branch["is_detector"] == 1]
        if len(found) < FEWEST_DETECTORS:
            found = of_branch.sort_values(["score", "unit"], ascending=[False, True]).head(MOST_CANDIDATES)
        return np.sort(found["unit"].to_numpy())

    def network(self, layer: str) -> Network:
        """Return the network truncated at a layer."""
        return Network(self.extracted.architecture, self.extracted.weights, layer)


def read(
    variant: str,
    *,
    weights: str | os.PathLike[str],
    detectors: str | os.PathLike[str],
    factors: str | os.PathLike[str],
    expanded_weights: str | os.PathLike[str],
    branch: str,
    pattern_size: float,
) -> Subject:
    """Return a subject from the pipeline's files.

    Raises
    ------
    HighlowError
        If a file is missing or damaged, or has no such branch.
    """
    source, layer = expanded_weight_file.read_ends(expanded_weights)
    weight, units = expanded_weight_file.read(expanded_weights, branch)
    return Subject(
        variant=variant,
        extracted=extracted.read(weights),
        layer=layer,
        branch=branch,
        source=source,
        pattern_size=pattern_size,
        detectors=table_files.read(detectors, (*detection.COLUMNS, "score")),
        fit=factor_file.read(factors),
        weight=weight,
        branch_units=units,
    )


def read_all(files: Mapping[str, Mapping[str, str]], *, branch: str, pattern_size: float) -> Iterator[Subject]:
    """Yield the subjects whose files are given, by role (`FILES`) and variant, one at a time."""
    for variant in progress(files[FILES[0]], "networks", "network"):
        own = {role: files[role][variant] for role in FILES}
        yield read(variant, **own, branch=branch, pattern_size=pattern_size)
