"""A small explorer of invented results: three layers of a few units, exported by the scripts as the pipeline does."""

import json
import runpy
import shutil
from pathlib import Path

import numpy as np
from PIL import Image

from highlow.circuits import candidates, detection, factor_file
from highlow.pictures import example_file, image_reader, image_table, picture_file
from highlow.pictures.crops import Fields
from highlow.pictures.top_examples import Examples
from highlow.probes import families, response_file
from highlow.storage import hdf5_files, table_files
from tests.conftest import REPOSITORY

SOURCE, STUDIED, BEHIND = "conv", "mixed", "next"
POOL = "pool"  # passes the source's channels on
BRANCHES = {
    SOURCE: [SOURCE] * 6,
    STUDIED: ["1x1"] * 3 + ["3x3"] * 9,
    BEHIND: [BEHIND] * 5,
}
GRID = {"orientation_count": 9, "ratio_count": 5, "phase_count": 2, "pattern_size": 60, "seed": 0}
SMALL = ("grating", "luminance_edge", "colour_edge", "contrast_edge", "uniform_plaid")
ALL = ("high_low", "high_low_balanced", "uniform", *SMALL)
PATTERN_SIZE = 60
SIZE, FIELD, IMAGES = 20, 43, 4


def build(folder):
    """Make results and the explorer of them in a folder; return the folder of the explorer."""
    root = Path(folder)
    draw = np.random.default_rng(0)
    shown = {name: families.family(name, **GRID) for name in ALL}
    for name, family in shown.items():
        families.write(root / f"stimuli/{name}.h5", family, 8, {})
    for layer, branches in BRANCHES.items():
        for name in ALL if layer == STUDIED else ("high_low", *SMALL):
            _responses(root / f"activations/{layer}/{name}.h5", shown[name], branches, draw)
        _examples(root / f"dataset_examples/{layer}.h5", layer, len(branches), draw)
        for name in (layer, f"{layer}_negative"):
            _pictures(root / f"pictures/{name}.h5", layer, len(branches), draw)
    _weights(root / f"expanded_weights/{POOL}_to_{STUDIED}.h5", POOL, STUDIED, draw)
    _weights(root / f"expanded_weights/{STUDIED}_to_{BEHIND}.h5", STUDIED, BEHIND, draw)
    _detectors(root, draw)
    _images(root)
    return _explorer(root)


def copied(folder, place):
    """Copy the explorer that `build` made in a folder to another place."""
    shutil.copytree(Path(folder) / "results/small/explorer", place)


def _responses(path, family, branches, draw):
    count = len(branches)
    answer = draw.gamma(1, 10, (len(family), count)).astype(np.float32)
    if "ratio" in family.axes:  # each unit prefers a direction of its own, more so at larger ratios
        angles = np.deg2rad(family.axes["orientation"])[None, :, None, None]
        preferred = np.linspace(0, 2 * np.pi, count, endpoint=False)
        rise = np.log(family.axes["ratio"])[:, None, None, None]
        tuned = 100 * rise * np.maximum(np.cos(angles - preferred), 0) ** 2
        answer = (answer / 20 + np.broadcast_to(tuned, (*family.shape, count)).reshape(-1, count)).astype(np.float32)
    axis_units = dict.fromkeys(family.axes, "1")
    attributes = {"layer": "any", "family": family.name}
    written = {"axes": family.axes, "axis_units": axis_units, "branches": branches, "attributes": attributes}
    response_file.write(path, [answer], **written, origin={})


def _examples(path, layer, count, draw):
    score = np.sort(draw.gamma(2, 10, (count, 3)).astype(np.float32))[:, ::-1]
    image = np.stack([draw.permutation(IMAGES)[:3] for _ in range(count)]).astype(np.int32)
    image[0, 2], score[0, 2] = -1, np.nan  # fewer than wanted
    position = draw.integers(0, 28, (count, 3, 2)).astype(np.int16)
    examples = Examples(score, image, position, np.zeros((count, 3, 0, 0, 3), np.uint8))
    fields = Fields(np.full(count, -14, np.int32), np.full(count, FIELD, np.int32), 8, 224, 28)
    shard = path.with_name(f"{layer}_shard.h5")
    example_file.write_shard(shard, "small", {layer: (examples, fields)}, {})
    example_file.merge([shard], layer, path)


def _pictures(path, layer, count, draw):
    images = draw.integers(0, 256, (count, SIZE, SIZE, 3)).astype(np.uint8)
    activation = draw.gamma(2, 10, count).astype(np.float32)
    found = picture_file.Pictures("small", layer, np.arange(count), images, activation, activation, activation > 0)
    picture_file.write(path, found, {"size": SIZE, "steps": 1, "field_first": 1, "field_last": SIZE - 2}, {})


def _weights(path, source, layer, draw):
    branches, channels = BRANCHES[layer], len(BRANCHES[SOURCE if source == POOL else source])
    with hdf5_files.create(path, {}) as file:
        file.attrs.update({"source": source, "layer": layer})
        for branch in dict.fromkeys(branches):
            units = np.flatnonzero(np.array(branches) == branch)
            taps = 1 if branch == "1x1" else 3
            group = file.create_group(branch)
            weight = draw.normal(size=(len(units), channels, taps, taps)).astype(np.float32)
            hdf5_files.write_scale(group, "unit", units)
            hdf5_files.write_array(group, "weight", weight, ("unit", "channel", "y", "x"))


def _detectors(root, draw):
    """Write the factors of the studied layer and its table, with the functions that the pipeline uses."""

    def answers(family):
        response, axes, _ = response_file.read(root / f"activations/{STUDIED}/{family}.h5")
        return response, axes

    table = candidates.measured(STUDIED, BRANCHES[STUDIED], answers, PATTERN_SIZE, 0)
    units = np.arange(3, 12)
    weight = draw.normal(size=(9, 6, 3, 3))
    textures = draw.gamma(1, 1, (24, 6))
    found = factor_file.named_fit(weight, units, units, textures, np.geomspace(112, 2, 24), 2, 0)
    factor_file.write(root / f"factors/{POOL}_to_{STUDIED}.h5", found, {})
    decided = detection.detectors(table, found.branch_units, found.branch_maps, 2.0)
    decided["is_detector"] = decided["unit"].isin([5, 6]).astype(int)  # what no noise would be
    table_files.write(root / "tables/detectors.tsv", decided, {})


def _images(root):
    folder = root / "photographs"
    folder.mkdir()
    for index in range(IMAGES):
        Image.fromarray(np.full((224, 224, 3), 50 * index, np.uint8)).save(folder / f"{index}.png")
    names = [f"{index}.png" for index in range(IMAGES)]
    image_table.write(root / "images.tsv", image_table.rows_of(image_reader.read_all(str(folder), names)), {})


def _called(script, *words):
    main = runpy.run_path(str(REPOSITORY / "scripts" / script))["main"]
    assert main([*map(str, words)]) == 0


def _explorer(root):
    output = root / "results/small/explorer"
    weights, factors = root / "expanded_weights", root / f"factors/{POOL}_to_{STUDIED}.h5"
    of_layer = {
        SOURCE: ["--users", weights / f"{POOL}_to_{STUDIED}.h5", "--factors-over", factors],
        STUDIED: [
            *("--detectors", root / "tables/detectors.tsv", "--factors", f"{POOL}={factors}"),
            *("--inputs", weights / f"{POOL}_to_{STUDIED}.h5", "--users", weights / f"{STUDIED}_to_{BEHIND}.h5"),
        ],
        BEHIND: ["--inputs", weights / f"{STUDIED}_to_{BEHIND}.h5"],
    }
    for layer, further in of_layer.items():
        files = sorted((root / f"activations/{layer}").glob("*.h5"))
        _called(
            *("export_layer.py", "--layer", layer, "--responses", *(f"{path.stem}={path}" for path in files)),
            *("--examples", root / f"dataset_examples/{layer}.h5", "--pictures", root / f"pictures/{layer}.h5"),
            *("--negatives", root / f"pictures/{layer}_negative.h5", "--names", f"{POOL}={SOURCE}", *further),
            *("--pattern-size", PATTERN_SIZE, "--output", output / f"layers/{layer}"),
        )
    examples = [root / f"dataset_examples/{layer}.h5" for layer in BRANCHES]
    images = ("--images", root / "photographs", "--image-table", root / "images.tsv")
    _called("export_photographs.py", *images, "--examples", *examples, "--output", output / "photographs")
    _called(
        *("write_explorer.py", "--entry", json.dumps({"name": "small", "title": "Small network"})),
        *("--layers", f"{SOURCE}=source", f"{STUDIED}=studied", f"{BEHIND}=behind", "--names", f"{POOL}={SOURCE}"),
        *("--factors", f"{POOL}_to_{STUDIED}={factors}"),
        *("--stimuli", *(root / f"stimuli/{name}.h5" for name in ALL), "--output", output / "index.html"),
    )
    return output
