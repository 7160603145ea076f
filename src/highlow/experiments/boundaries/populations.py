"""Which units are compared with human boundaries, and how each population answers all over the photographs."""

import os
from collections.abc import Sequence

import numpy as np
from numpy.typing import NDArray

from highlow.experiments.boundaries import maps, matching
from highlow.experiments.boundaries.maps import Grid
from highlow.experiments.boundaries.scenes import Scene
from highlow.experiments.subject import Subject
from highlow.pictures.spectral_sides import luminance
from highlow.storage import table_files

DETECTORS, EDGES, BOUNDARY, SOBEL, SOBEL_GRID, OTHER = (
    "detectors",
    "luminance_edge_units",
    "boundary_units",
    "sobel",
    "sobel_on_grid",
    "detectors_elsewhere",
)
# A luminance edge is what these are not: the response to them is what an edge unit's own is compared with.
NO_EDGES = ("uniform_response", "grating_response", "contrast_edge_response")

Units = dict[str, tuple[str, NDArray[np.intp]]]  # layer and units of every population


def edge_units(subject: Subject) -> NDArray[np.intp]:
    """Return as many units of the branch as there are detectors: those that prefer luminance edges most.

    By the response to luminance edges over the largest to anything that is none: high-low stimuli, uniform textures,
    gratings, contrast edges. A unit that no luminance edge drives is not among them.
    """
    table = subject.detectors
    table = table[(table["branch"] == subject.branch) & ~table["unit"].isin(subject.units)]
    other = table[list(NO_EDGES)].max(axis=1).clip(lower=1)
    preference = (table["luminance_edge_response"] / other).fillna(0.0)
    order = table.assign(preference=preference).sort_values(["preference", "unit"], ascending=[False, True])
    return np.sort(order[order["preference"] > 0].head(len(subject.units))["unit"].to_numpy())


def chosen(subject: Subject, users: str | os.PathLike[str] | None) -> Units:
    """Return the populations of units; `users` is the table of the layer behind (TSV), where there is one."""
    found: Units = {
        DETECTORS: (subject.layer, subject.units),
        EDGES: (subject.layer, edge_units(subject)),
    }
    if users:
        table = table_files.read(users, ("layer", "unit", "role"))
        table = table[table["role"] == "boundary"]
        if len(table):
            found[BOUNDARY] = (str(table["layer"].iloc[0]), np.sort(table["unit"].to_numpy()))
    return {name: units for name, units in found.items() if len(units[1])}


def answers(subject: Subject, populations: Units, scenes: Sequence[Scene]) -> dict[str, list[Grid]]:
    """Return the responses of every population to every photograph, (unit, y, x)."""
    order = [node.name for node in subject.extracted.architecture.nodes]
    layers = sorted({layer for layer, _ in populations.values()}, key=order.index)
    network = subject.network(layers[-1])
    together = {
        layer: np.unique(np.concatenate([units for name, units in populations.values() if name == layer]))
        for layer in layers
    }
    found: dict[str, list[Grid]] = {name: [] for name in populations}
    for scene in scenes:
        grids = maps.responses(
            network, scene.photograph.pixels, {layer: units.tolist() for layer, units in together.items()}
        )
        for name, (layer, units) in populations.items():
            grid = grids[layer]
            own = grid.response[np.searchsorted(together[layer], units)]
            found[name].append(Grid(own, grid.rows, grid.columns))
    return found


def baselines(detectors: Sequence[Grid], stride: int, scenes: Sequence[Scene]) -> dict[str, list[Grid]]:
    """Return what units are compared with, on the detectors' grids.

    A Sobel filter, means over squares of the stride; and chance: the detectors' map of the photograph before, turned
    where that lies on its side and stretched to the size.
    """
    sobel = [maps.pooled(edges(scene), grid, stride) for scene, grid in zip(scenes, detectors, strict=True)]
    others = [*detectors[-1:], *detectors[:-1]]
    chance = []
    for grid, other in zip(detectors, others, strict=True):
        upright = other.response if _tall(grid.response) == _tall(other.response) else other.response.T
        y, x = (
            np.linspace(0, old - 1, new).round().astype(int)
            for old, new in zip(upright.shape, grid.response.shape, strict=True)
        )
        chance.append(Grid(upright[np.ix_(y, x)], grid.rows, grid.columns))
    return {SOBEL_GRID: sobel, OTHER: chance}


def edges(scene: Scene) -> NDArray[np.float64]:
    """Return the Sobel filter's map of a photograph, (y, x)."""
    return maps.gradient(luminance(scene.photograph.pixels[None])[0], matching.BLUR / 2)


def _tall(values: NDArray[np.floating]) -> bool:
    height, width = values.shape
    return bool(height > width)
