"""One job of feature visualization, from files to files."""

from collections.abc import Sequence
from dataclasses import dataclass
from typing import Any

import numpy as np
import torch
from torch import Tensor

from highlow.circuits import detection, factor_file
from highlow.networks import choices, extracted
from highlow.networks.devices import torch_device
from highlow.networks.graph import Architecture
from highlow.networks.model import Network
from highlow.pictures import feature_visualization, picture_file, pictured_units
from highlow.runs.errors import HighlowError
from highlow.storage import provenance, table_files


@dataclass(frozen=True)
class Job:
    """What to picture and where to write it; `scripts/visualize_features.py --help` explains the fields."""

    weights: str
    layer: str
    tables: Sequence[str]
    detectors: str
    branch: str
    units: Sequence[int]
    all: bool
    negative: bool
    factors: str
    variations: int
    responses: Sequence[str]
    size: int | None
    steps: int
    seed: int
    device: str
    output: str
    folder: str


def run(job: Job) -> str:
    """Picture the units, write them, and return one line that says which failed to activate."""
    layer = job.layer or pictured_units.only_layer([_table(path) for path in job.tables])
    studied = extracted.read(job.weights)
    device = torch_device(job.device)
    network = Network(studied.architecture, studied.weights, layer).to(device)
    units, directions = _directions(job, layer, network.architecture)
    found = feature_visualization.visualize(
        network,
        directions,
        size=job.size,
        steps=job.steps,
        seed=job.seed,
        variations=job.variations,
        device=device,
    )
    best = pictured_units.best_known(job.responses, directions.numpy())
    inputs = {"weights": job.weights, "detectors": job.detectors, "factors": job.factors}
    inputs |= {f"table:{number}": path for number, path in enumerate(job.tables)}
    inputs |= {f"responses:{number}": path for number, path in enumerate(job.responses)}
    settings = {
        "size": found.size,
        "steps": job.steps,
        "field_first": found.field.first,
        "field_last": found.field.last,
    }
    origin = provenance.made_from(
        inputs={role: path for role, path in inputs.items() if path},
        config={"layer": layer, "size": found.size, "steps": job.steps, "device": device.type},
        seed=job.seed,
    )
    if job.variations > 1:
        return _write_variations(job, network, units, found, best, settings, origin)
    pictures = picture_file.Pictures(
        network=studied.name,
        layer=layer,
        units=units,
        images=found.images,
        activation=found.activation,
        relative_activation=pictured_units.relative(found.activation, best),
        activated=found.activation > 0,
    )
    picture_file.write(job.output, pictures, settings, origin)
    if job.folder:
        picture_file.write_png(job.folder, pictures)
    failed = units[~pictures.activated].tolist()
    which = f" (units {', '.join(map(str, failed))})" if failed else ""
    return f"{layer}: {len(units)} pictures of {found.size} px, {len(failed)} failed to activate{which} -> {job.output}"


def _directions(job: Job, layer: str, architecture: Architecture) -> tuple[np.ndarray[Any, Any], Tensor]:
    """Return what is pictured, as numbers and as directions."""
    channels = architecture.node(layer).channels
    if job.factors:
        channel = torch.from_numpy(factor_file.read(job.factors).factors.channel).float()
        return np.arange(len(channel)), channel
    if job.all:
        chosen = set(range(channels))
    else:
        chosen = pictured_units.listed_units([_table(path) for path in job.tables], layer)
    if job.detectors:
        table = table_files.read(job.detectors, detection.COLUMNS)
        if job.variations > 1:
            chosen = {pictured_units.best_shown(table, job.branch, job.units)}
        else:
            chosen |= set(pictured_units.detectors_to_picture(table, job.branch, job.units))
    if not chosen:
        raise HighlowError(f"no table lists a unit of layer {layer!r}: there is nothing to picture")
    units = np.array(choices.checked_units(architecture, layer, sorted(chosen)))
    directions = feature_visualization.one_hot(units, channels)
    return units, -directions if job.negative else directions


def _table(path: str) -> Any:
    return table_files.read(path, ("layer", "unit"))


def _write_variations(
    job: Job,
    network: Network,
    units: np.ndarray[Any, Any],
    found: feature_visualization.Visualization,
    best: np.ndarray[Any, Any],
    settings: dict[str, Any],
    origin: dict[str, Any],
) -> str:
    variations = picture_file.Variations(
        network=network.architecture.name,
        layer=network.layer,
        unit=int(units[0]),
        images=found.images[0],
        activation=found.activation[0],
        relative_activation=pictured_units.relative(found.activation[0], best),
        similarity=feature_visualization.picture_similarity(network, found.images[0]),
    )
    picture_file.write_variations(job.output, variations, settings, origin)
    alike = float(variations.similarity.mean())
    return f"{network.layer} {units[0]}: {job.variations} pictures, mean similarity {alike:.2f} -> {job.output}"
