"""Files that the pipeline writes and reads: HDF5, tables, JSON; with checksums that fit, as anybody could make them."""

import hashlib
import json
import tempfile
from functools import cache
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import torch

from highlow.circuits import expanded_weight_file, factor_file
from highlow.circuits.factor_file import FactorFit
from highlow.circuits.factors import Factors
from highlow.networks import extracted, registry
from highlow.networks.architectures import architecture
from highlow.pictures import example_file, image_response_file, image_table, picture_file
from highlow.pictures.crops import Fields
from highlow.pictures.picture_file import Pictures, Variations
from highlow.pictures.top_examples import Examples
from highlow.probes import families, preview_file, response_file
from highlow.storage import checksums, hdf5_files, table_files, tensor_file
from highlow.training import record, snapshots
from tests.fuzz.mutations import mutated
from tests.fuzz.target import Target

NUMBERS = np.random.default_rng(0)


def floats(*shape):
    return NUMBERS.random(shape, dtype=np.float32)


def write_responses(path):
    axes = {"ratio": np.arange(3.0), "orientation": np.arange(4.0)}
    response_file.write(
        path,
        [floats(12, 5)],
        axes=axes,
        axis_units=dict.fromkeys(axes, ""),
        branches=["1x1", "3x3", "3x3", "5x5", "pool"],
        attributes={"layer": "mixed3a"},
        origin={},
    )


def read_responses(path):
    response, axes, branches = response_file.read(path)
    assert response.shape == tuple(map(len, axes.values()))
    assert response.dtype.kind == "f"
    assert len(branches) == response.shape[-1]
    return True


def write_family(path):
    grid = {"orientation_count": 9, "ratio_count": 3, "phase_count": 1}
    families.write(str(path), families.family("high_low", **grid, pattern_size=24.0, seed=0), 16, {})


def read_family(path):
    found = families.read(str(path))
    for axes, values in found.parameters.values():
        assert values.shape[: len(axes)] == tuple(len(found.axes[axis]) for axis in axes)
    preview = preview_file.read(path)
    assert preview.sheet.shape[:2] == (len(preview.rows), len(preview.columns))
    return True


def write_weights(path):
    network = architecture("planted")
    first = next(node for node in network.nodes if node.has_weights)
    kernel = (first.window.kernel,) * 2
    shape = (first.channels, network.by_name[first.inputs[0]].channels, *kernel)
    weights = {first.name: (torch.zeros(shape), torch.zeros(first.channels))}
    extracted.write(path, extracted.cut("planted", network, weights), registry.entry("planted"), {})


def read_weights(path):
    found = extracted.read(path)
    assert all(torch.isfinite(part).all() for pair in found.weights.values() for part in pair)
    return True


def write_expanded(path):
    with hdf5_files.create(path, {}) as file:
        file.attrs["layer"] = "mixed3a"
        for number, branch in enumerate(("1x1", "3x3")):
            group = file.create_group(branch)
            hdf5_files.write_scale(group, "unit", np.arange(3) + 3 * number)
            hdf5_files.write_array(group, "weight", floats(3, 4, 5, 5), ("unit", "channel", "y", "x"))


def read_expanded(path):
    weight, units = expanded_weight_file.read(path, "3x3")
    assert weight.ndim == 4
    assert len(weight) == len(units)
    for branch in expanded_weight_file.read_branches(path):
        assert branch.weight.shape[0] == len(branch.units) > 0
    return True


def factors(rank):
    return Factors(floats(rank, 6), floats(4, rank, 3, 3), 0.9, 0.95, True)


def write_factors(path):
    ranks = {rank: factors(rank) for rank in (1, 2, 3)}
    stability = {rank: floats(2) for rank in ranks}
    fit = FactorFit(factors(2), np.arange(4), np.arange(7), floats(7, 2, 3, 3), floats(2), floats(4), ranks, stability)
    factor_file.write(path, fit, {})


def read_factors(path):
    found = factor_file.read(path)
    assert found.factors.channel.shape[0] == found.factors.spatial.shape[1] == 2
    assert found.branch_maps.shape[:2] == (len(found.branch_units), 2)
    assert found.by_rank.keys() == found.seed_stability.keys()
    return True


def write_examples(path):
    examples = Examples(floats(3, 2), np.ones((3, 2), "i4"), np.ones((3, 2, 2), "i2"), np.ones((3, 2, 9, 9, 3), "u1"))
    fields = Fields(np.zeros(3, "i4"), np.full(3, 9, "i4"), 4, 224, 56)
    with hdf5_files.create(path, {}) as file:
        file.attrs["network"], file.attrs["layer"] = "planted", "mixed3a"
        example_file._write(file, examples, fields)


def read_examples(path):
    found = example_file.read(path)
    for unit in range(len(found.fields.first)):
        crops, seen = found.crops(unit)
        assert crops.shape[:3] == seen.shape
    return True


def write_pictures(path):
    images = np.ones((2, 8, 8, 3), "u1")
    found = Pictures("planted", "mixed3a", np.arange(2), images, floats(2), floats(2), np.array([True, False]))
    picture_file.write(path, found, {"field_first": np.int64(0), "field_last": np.int64(7), "size": 8}, {})


def read_pictures(path):
    found = picture_file.read(path)
    assert len(found.units) == len(found.images) == len(found.activation)
    assert found.of(0) is None or found.of(0).shape[-1] == 3
    first, last = picture_file.read_field(path)
    assert isinstance(first + last, int)
    return True


def write_variations(path):
    found = Variations("planted", "mixed3a", 3, np.ones((2, 8, 8, 3), "u1"), floats(2), floats(2), floats(2))
    picture_file.write_variations(path, found, {"size": 8}, {})


def read_variations(path):
    found = picture_file.read_variations(path)
    assert len(found.images) == len(found.similarity)
    return True


def write_snapshots(path):
    with hdf5_files.create(path, {}) as file:
        file.attrs["steps"] = [1, 20]
        for step in (1, 20):
            group = file.create_group(f"{step:08}/conv2d0")
            hdf5_files.write_array(group, "weight", floats(2, 3, 3, 3))
            hdf5_files.write_array(group, "bias", floats(2))


def read_snapshots(path):
    for step, weights in snapshots.read(path):
        assert isinstance(step, int)
        assert all(len(weight) == len(bias) for weight, bias in weights.values())
    first, last = record.read_kernels(path, "conv2d0")
    assert first.ndim == last.ndim == 4
    return True


def write_image_responses(path):
    units = 64
    with hdf5_files.create(path, {}) as file:
        hdf5_files.write_scale(file, "unit", np.arange(units))
        hdf5_files.write_array(file, "image", np.arange(4, dtype="i4"))
        hdf5_files.write_array(file, "response", floats(4, units))
        hdf5_files.write_array(file, "position", np.ones((4, units, 2), "i2"))


def read_image_responses(path):
    for block in image_response_file.blocks(path):
        assert len(block.image) == len(block.response) == len(block.position)
    return True


HDF5 = {
    "responses": (write_responses, read_responses),
    "stimuli": (write_family, read_family),
    "weights": (write_weights, read_weights),
    "expanded weights": (write_expanded, read_expanded),
    "factors": (write_factors, read_factors),
    "examples": (write_examples, read_examples),
    "pictures": (write_pictures, read_pictures),
    "variations": (write_variations, read_variations),
    "snapshots": (write_snapshots, read_snapshots),
    "responses to images": (write_image_responses, read_image_responses),
}


@cache
def sample(name):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "a.h5"
        HDF5[name][0](path)
        return path.read_bytes()


def forged(name):
    """Return a function that makes HDF5 files with a checksum that fits and one to three entries changed."""

    def make(generator):
        if generator.random() < 0.1:
            return mutated(generator, sample(name), sample("factors"))
        if generator.random() < 0.3:  # bytes that HDF5 itself has to make sense of
            body = mutated(generator, sample(name)[checksums.USER_BLOCK :])
            return checksums.user_block(hashlib.sha256(body).hexdigest()) + body
        with tempfile.TemporaryDirectory() as folder:
            path = Path(folder) / "a.h5"
            path.write_bytes(sample(name))
            with h5py.File(path, "r+") as file:
                for _ in range(generator.randint(1, 3)):
                    change_entry(generator, file)
            checksums.seal(path)
            return path.read_bytes()

    return make


def change_entry(generator, file):
    """Change an attribute or an array of a file, or take it away."""
    entries = [file]
    file.visititems(lambda _, entry: entries.append(entry))
    entry = generator.choice(entries)
    if generator.random() < 0.4:
        names = [name for name in entry.attrs if name.isidentifier() and not name.isupper()]
        if names:
            name = generator.choice(names)
            del entry.attrs[name]
            if generator.random() < 0.8:
                entry.attrs[name] = any_value(generator)
        return
    if entry.name == "/":
        entry = generator.choice(entries)
    if entry.name == "/" or entry.name not in file:
        return
    name, parent = entry.name, entry.parent
    del parent[name]
    kind = generator.choice(("gone", "group", "value", "value", "huge", "soft", "outside", "virtual"))
    if kind == "group":
        parent.create_group(name)
    elif kind == "value":
        parent[name] = any_value(generator)
    elif kind == "huge":
        parent.create_dataset(name, (2**40, 3), "f4", chunks=(1024, 3))
    elif kind == "soft":
        parent[name] = h5py.SoftLink(generator.choice((name, "/", "/none")))
    elif kind == "outside":
        parent[name] = h5py.ExternalLink("/etc/passwd", "/")
    elif kind == "virtual":
        layout = h5py.VirtualLayout((4,), "f4")
        layout[:] = h5py.VirtualSource("/etc/passwd", "x", (4,))
        parent.create_virtual_dataset(name, layout)


def any_value(generator):
    shape = [generator.choice((0, 1, 2, 3, 4, 7)) for _ in range(generator.randint(0, 5))]
    kind = generator.choice(
        ("f4", "f8", "f2", "i8", "u1", "?", "S3", "c8", "text", "texts", "json", "empty", "compound")
    )
    if kind == "text":
        return generator.choice(("", "é", "[1, 2]", '["unit"]', "[" * 3000, "mixed3a", "same", "nan"))
    if kind == "texts":
        return ["a", "a"]
    if kind == "json":
        return json.dumps(generator.choice((["ratio", "unit"], {"a": 1}, ["unit", "unit"], [[]], None)))
    if kind == "empty":
        return h5py.Empty("f4")
    if kind == "compound":
        return np.zeros(2, [("a", "f4"), ("b", "i4")])
    return np.ones(shape).astype(kind)


def table_of(columns):
    rows = [
        [("planted" if column in table_files.TEXT_COLUMNS else 1.5 * row) for column in columns] for row in range(3)
    ]
    return pd.DataFrame(rows, columns=list(columns)).to_csv(sep="\t", index=False).encode()


TABLE = table_of(("unit", "score", "branch"))
CHECKPOINTS = table_of(record.COLUMNS).replace(b"planted", b"photographs_true_seed0")
IMAGES = "\t".join(image_table.COLUMNS).encode() + b"\n0\ta.png\t" + b"0" * 64 + b"\t96\t80\tused\t\n"
IMAGES += b"1\tb\\x0a.png\t\t0\t0\tskipped\tempty file\n"


def seal_table(path):
    checksums.write_json(table_files.provenance_path(path), {"files": checksums.hashed(path.parent, [path.name])})


def changed(text):
    return lambda generator: mutated(generator, text, text)


def read_table(path):
    found = table_files.read(path, ("unit", "score", "branch"))
    assert len(found) > 0
    assert pd.api.types.is_numeric_dtype(found["score"])
    return True


def read_checkpoints(path):
    found = record.read_checkpoints(path)
    assert set(record.COLUMNS) <= set(found.columns)
    return True


def read_images(path):
    for number, row in enumerate(image_table.rows(path)):
        assert row.index == number
        assert isinstance(row.width, int)
    return True


def make_json(generator):
    content = checksums._rendered(json_value(generator))
    return mutated(generator, content) if generator.random() < 0.3 else content


def json_value(generator):
    """Return the content of a report with a checksum that fits, or something else."""
    deep = "x"
    for _ in range(generator.choice((0, 1, 100, 400, 900))):
        deep = {"a": deep}
    plain = {"config": {}, "deep": deep, "number": generator.choice((1, 1.5, None, 10**100))}
    if generator.random() < 0.5:
        return {**plain, checksums.KEY: checksums._checksum(plain)}
    return generator.choice((plain, [], 1, None, {checksums.KEY: None}))


def read_json(path):
    assert isinstance(checksums.read_json(path), dict)
    return True


def make_state(generator):
    with tempfile.TemporaryDirectory() as folder:
        path = Path(folder) / "state.safetensors"
        tensor_file.save(path, {"a": torch.ones(3)}, {"settings": "{}"})
        return mutated(generator, path.read_bytes())


def read_state(path):
    tensors, metadata = tensor_file.load(path)
    assert tensors.keys() == {"a"}
    assert isinstance(metadata, dict)
    return True


TARGETS = (
    *(Target(f"HDF5: {name}", "a.h5", forged(name), read) for name, (_, read) in HDF5.items()),
    Target("table", "a.tsv", changed(TABLE), read_table, seal_table),
    Target("table of checkpoints", "a.tsv", changed(CHECKPOINTS), read_checkpoints, seal_table),
    Target("table of images", "a.tsv", changed(IMAGES), read_images, seal_table),
    Target("JSON", "a.json", make_json, read_json),
    Target("training state", "a.safetensors", make_state, read_state),
)
