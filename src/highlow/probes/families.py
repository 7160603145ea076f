"""Stimulus families: which parameters a family runs over, and its pictures by index."""

from collections.abc import Callable, Mapping
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from numpy.typing import NDArray
from torch import Tensor

from highlow.networks.pattern_size import APERTURE_SHARE, SMALLEST_WAVELENGTH
from highlow.probes import stimuli
from highlow.runs.errors import HighlowError, nearest
from highlow.storage import hdf5_fields, hdf5_files
from highlow.storage.hdf5_fields import FLOATS, INTEGERS

GENERATOR_VERSION = 2
NOISE_VERSION = 1  # of the random waves: another one draws others
WAVES = 12
UNIFORM_WAVELENGTHS, UNIFORM_ROTATIONS = 30, 60
PLAID_WAVELENGTHS, PLAID_ROTATIONS = 24, 6
GRATING_WAVELENGTHS, GRATING_ORIENTATIONS = 12, 12
EDGE_ORIENTATIONS = 24
EDGE_OFFSETS = (-1 / 8, 0.0, 1 / 8)  # of the pattern size
REGION_ORIENTATIONS = 12
# Layout, whether the region has the high frequency, width as a share of the pattern size.
REGIONS = (
    ("half_plane", 1, 0.5),
    *((layout, inside, width) for layout in ("bar", "disc") for inside in (1, 0) for width in (0.25, 0.5)),
    ("hourglass", 1, 0.5),  # turned by 90 degrees it is the one with low frequency inside
    ("everywhere", 1, 0.5),
    ("everywhere", 0, 0.5),
)

Parameters = dict[str, tuple[tuple[str, ...], NDArray[np.float64]]]

UNITS = {
    "ratio": "1",
    "orientation": "degree",
    "phase": "degree",
    "wavelength": "pixel",
    "rotation": "degree",
    "orientation_deg": "degree",
    "rotation_deg": "degree",
    "phase_deg": "degree",
    "offset": "pixel",
    "pair": "1",
    "region": "1",
    "layout": "1",
    "high_inside": "1",
    "width": "pixel",
    "pattern_size": "pixel",
    "aperture": "pixel",
    "wave_angle_deg": "degree",
    "wave_phase_deg": "degree",
    "wave_octave": "octave",
}


@dataclass(frozen=True)
class Family:
    """A grid of stimuli.

    Attributes
    ----------
    name : str
        Name of the function in `stimuli`.
    axes : dict
        Coordinates of every axis, in the order of the response array.
    parameters : dict
        For each argument of the function the axes that it depends on and its values over them; further
        dimensions (the waves of a noise) follow.
    """

    name: str
    axes: Mapping[str, NDArray[np.float64]]
    parameters: Mapping[str, tuple[tuple[str, ...], NDArray[np.float64]]]

    @property
    def shape(self) -> tuple[int, ...]:
        """Number of values of every axis."""
        return tuple(len(values) for values in self.axes.values())

    def __len__(self) -> int:
        return int(np.prod(self.shape))

    def render(self, indices: NDArray[np.intp], x: Tensor, y: Tensor, channels: int = 3) -> Tensor:
        """Return the pictures of some stimuli.

        Parameters
        ----------
        indices : ndarray
            Flat indices into `shape`, (N,).
        x, y : Tensor
            Pixel offsets from the stimulus centre, (W,) and (H,), on the device that computes.
        channels : int
            Copies of a grey picture; a coloured one has its three.

        Returns
        -------
        Tensor
            (N, channels, H, W) in [0, 1].
        """
        multi = dict(zip(self.axes, np.unravel_index(indices, self.shape), strict=True))
        arguments = {}
        for name, (axes, values) in self.parameters.items():
            chosen = values[tuple(multi[axis] for axis in axes)] if axes else np.repeat(values, len(indices))
            arguments[name] = torch.as_tensor(chosen, dtype=torch.float32, device=x.device)
        picture: Tensor = FUNCTIONS[self.name](x, y, **arguments)
        return picture if picture.ndim == 4 else picture[:, None].expand(-1, channels, -1, -1)


FUNCTIONS: dict[str, Callable[..., Tensor]] = {
    "high_low": stimuli.high_low,
    "high_low_balanced": stimuli.high_low_balanced,
    "uniform": stimuli.uniform,
    "uniform_plaid": stimuli.uniform_plaid,
    "grating": stimuli.grating,
    "luminance_edge": stimuli.luminance_edge,
    "colour_edge": stimuli.colour_edge,
    "contrast_edge": stimuli.contrast_edge,
    "texture_regions": stimuli.texture_regions,
}


def offsets(count: int, center: float, device: torch.device | None = None) -> Tensor:
    """Return the pixel offsets of `count` pixels from a centre given in pixel coordinates."""
    return torch.arange(count, dtype=torch.float32, device=device) - center


def orientations(count: int) -> NDArray[np.float64]:
    """Return the article's orientations: 0 to 360 degrees, both included."""
    return 360.0 * np.arange(count) / (count - 1)


def ratios(count: int) -> NDArray[np.float64]:
    """Return the article's frequency ratios: 1 to 10, evenly spaced logarithms."""
    return 10.0 ** (np.arange(count) / (count - 1))


def phases(count: int) -> NDArray[np.float64]:
    """Return `count` phases that cover a period; the first is the article's 0."""
    return 360.0 * np.arange(count) / count


def family(
    name: str, *, orientation_count: int, ratio_count: int, phase_count: int, pattern_size: float, seed: int
) -> Family:
    """Return a family of the given grid.

    The last axis is the phase of the pattern, or what takes its place: responses are averaged over it.

    Raises
    ------
    HighlowError
        If there is no such family.
    """
    if name in ("high_low", "high_low_balanced"):
        return _high_low(name, orientation_count, ratio_count, phase_count, pattern_size, seed)
    if name in ("uniform", "uniform_plaid"):
        return _texture(name, phase_count, pattern_size)
    if name == "texture_regions":
        return _regions(phase_count, pattern_size)
    if name in FUNCTIONS:
        return _control(name, phase_count, pattern_size)
    raise HighlowError(f"unknown stimulus family {name!r}; {nearest(name, list(FUNCTIONS))}")


def _high_low(
    name: str, orientation_count: int, ratio_count: int, phase_count: int, pattern_size: float, seed: int
) -> Family:
    """Return a family with a high- and a low-frequency side."""
    size = np.array([pattern_size], dtype=np.float64)
    axes = {"ratio": ratios(ratio_count), "orientation": orientations(orientation_count), "phase": phases(phase_count)}
    parameters: Parameters = {
        "orientation_deg": (("orientation",), axes["orientation"]),
        "ratio": (("ratio",), axes["ratio"]),
        "pattern_size": ((), size),
    }
    if name == "high_low":
        parameters["phase_deg"] = (("phase",), axes["phase"])
    else:
        generator = np.random.default_rng([seed, NOISE_VERSION])
        waves = (phase_count, 2, WAVES)
        axes["phase"] = np.arange(phase_count, dtype=np.float64)  # samples of noise take the phases' place
        parameters |= {
            # Odd: it has a middle pixel. Of a size that was scaled to a field it is that field, whatever was rounded.
            "aperture": ((), 2 * np.floor(np.round(size * APERTURE_SHARE, 9) / 2) + 1),
            "wave_angle_deg": (("phase",), generator.uniform(0, 360, waves)),
            "wave_phase_deg": (("phase",), generator.uniform(0, 360, waves)),
            "wave_octave": (("phase",), generator.uniform(-0.25, 0.25, waves)),
        }
    return Family(name, axes, parameters)


def _texture(name: str, phase_count: int, pattern_size: float) -> Family:
    """Return a family of one texture over the whole field."""
    if name == "uniform":
        steps = np.arange(UNIFORM_WAVELENGTHS) / (UNIFORM_WAVELENGTHS - 1)
        wavelengths = pattern_size * 10.0**-steps
        rotations = 45.0 * np.arange(UNIFORM_ROTATIONS) / (UNIFORM_ROTATIONS - 1)
    else:
        largest = (pattern_size / 4) ** 2 / SMALLEST_WAVELENGTH
        wavelengths = np.geomspace(largest, SMALLEST_WAVELENGTH, PLAID_WAVELENGTHS)
        rotations = 90.0 * np.arange(PLAID_ROTATIONS) / PLAID_ROTATIONS
    axes = {"wavelength": wavelengths, "rotation": rotations, "phase": phases(phase_count)}
    parameters: Parameters = {
        "wavelength": (("wavelength",), wavelengths),
        "rotation_deg": (("rotation",), rotations),
        "phase_deg": (("phase",), axes["phase"]),
    }
    return Family(name, axes, parameters)


def _control(name: str, phase_count: int, pattern_size: float) -> Family:
    """Return a family of gratings or of edges that are no frequency boundary."""
    axes: dict[str, NDArray[np.float64]] = {}
    if name == "grating":
        axes["wavelength"] = np.geomspace(pattern_size, SMALLEST_WAVELENGTH, GRATING_WAVELENGTHS)
        axes["orientation"] = 180.0 * np.arange(GRATING_ORIENTATIONS) / GRATING_ORIENTATIONS
    else:
        if name == "colour_edge":
            axes["pair"] = np.arange(len(stimuli.COLOUR_PAIRS), dtype=np.float64)
        axes["orientation"] = 360.0 * np.arange(EDGE_ORIENTATIONS) / EDGE_ORIENTATIONS
    if name in ("grating", "contrast_edge"):
        axes["phase"] = phases(phase_count)
    else:
        axes["offset"] = pattern_size * np.array(EDGE_OFFSETS)
    renamed = {"orientation": "orientation_deg", "phase": "phase_deg"}
    parameters: Parameters = {renamed.get(axis, axis): ((axis,), values) for axis, values in axes.items()}
    if name != "grating":
        parameters["pattern_size"] = ((), np.array([pattern_size], dtype=np.float64))
    return Family(name, axes, parameters)


def _regions(phase_count: int, pattern_size: float) -> Family:
    """Return a family of regions of one texture in the other."""
    axes = {
        "region": np.arange(len(REGIONS), dtype=np.float64),
        "orientation": 360.0 * np.arange(REGION_ORIENTATIONS) / REGION_ORIENTATIONS,
        "phase": phases(phase_count),
    }
    layouts, inside, widths = zip(*REGIONS, strict=True)
    parameters: Parameters = {
        "layout": (("region",), np.array([stimuli.LAYOUTS.index(layout) for layout in layouts], dtype=np.float64)),
        "high_inside": (("region",), np.array(inside, dtype=np.float64)),
        "width": (("region",), pattern_size * np.array(widths)),
        "orientation_deg": (("orientation",), axes["orientation"]),
        "phase_deg": (("phase",), axes["phase"]),
        "pattern_size": ((), np.array([pattern_size], dtype=np.float64)),
    }
    return Family("texture_regions", axes, parameters)


def preview(
    chosen: Family, tile: int, rows: int = 8, columns: int = 18
) -> tuple[NDArray[np.uint8], NDArray[np.float64], NDArray[np.float64]]:
    """Return a sheet of evenly spaced stimuli at the first phase.

    Rows run over the first axis of the family, columns over the second (over orientation without its endpoint,
    which repeats the start). With the article's 60 ratios and 360 orientations it is the article's own sheet.

    Returns
    -------
    sheet : ndarray
        (rows, columns, tile, tile), of a coloured family (rows, columns, 3, tile, tile), 0 to 255; at most `rows` and
        `columns`.
    row_values, column_values : ndarray
        Coordinates on both axes.
    """
    first_axis, second_axis, *others = chosen.axes.values()
    first, second = len(first_axis), len(second_axis)
    turns = second - 1 if np.isclose(second_axis[-1] - second_axis[0], 360) else second
    picked_rows = np.arange(0, first, -(-first // rows))
    picked_columns = np.arange(0, turns, -(-turns // columns))
    grid = np.array([[(row, column, *(0 for _ in others)) for column in picked_columns] for row in picked_rows])
    flat = np.ravel_multi_index(tuple(grid.reshape(-1, len(chosen.shape)).T), chosen.shape)
    axis = offsets(tile, tile / 2)
    pictures = chosen.render(flat, axis, axis, channels=1)
    sheet = (pictures * 255).round().to(torch.uint8).numpy()
    tiles = sheet.reshape(len(picked_rows), len(picked_columns), -1, tile, tile)
    grey = tiles.shape[2] == 1
    return tiles[:, :, 0] if grey else tiles, first_axis[picked_rows], second_axis[picked_columns]


def write(path: str, chosen: Family, tile: int, origin: Mapping[str, Any]) -> None:
    """Write a family: its axes, the parameters of every stimulus over them, and a preview sheet."""
    with hdf5_files.create(path, origin) as file:
        file.attrs["family"] = chosen.name
        file.attrs["generator_version"] = GENERATOR_VERSION
        for axis, values in chosen.axes.items():
            hdf5_files.write_scale(file, axis, values, UNITS[axis])
        file.attrs["axes"] = list(chosen.axes)
        group = file.create_group("parameters")
        for name, (axes, values) in chosen.parameters.items():
            dataset = group.create_dataset(name, data=values)
            dataset.attrs["axes"] = list(axes)
            hdf5_files.label_axes(file, dataset, axes, UNITS[name])
        rows = len(chosen.axes["region"]) if "region" in chosen.axes else 8
        sheet, row_values, column_values = preview(chosen, tile, rows)
        first, second, *_ = chosen.axes
        hdf5_files.write_scale(file, "preview_row", row_values, UNITS[first])
        hdf5_files.write_scale(file, "preview_column", column_values, UNITS[second])
        axes = ("preview_row", "preview_column", *(("channel",) if sheet.ndim == 5 else ()), "y", "x")
        hdf5_files.write_array(file, "preview", sheet, axes, compress=True)


def read(path: str) -> Family:
    """Read a family that `write` wrote.

    Raises
    ------
    HighlowError
        If the file is missing, damaged or of another generator version.
    """
    with hdf5_fields.opened(path) as fields:
        if fields.integer("generator_version") != GENERATOR_VERSION:
            raise HighlowError(f"{path}: made by another generator version; delete it and run again")
        axes = {axis: fields.array(axis, [axis], FLOATS + INTEGERS) for axis in fields.names("axes")}
        group = fields.fields("parameters")
        parameters = {}
        for name in group.group:
            over, count = group.names_of(name, "axes"), group.dataset_axes(name)
            group.check(set(over) <= set(axes), name)
            further = [f"{name} {number}" for number in range(count - len(over))]  # waves of a noise
            group.sizes = dict(fields.sizes)
            parameters[name] = (over, group.array(name, (*over, *further), FLOATS + INTEGERS))
        return Family(fields.text("family"), axes, parameters)
