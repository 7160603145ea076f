"""Weights that come as a folder of files, one a tensor: found, downloaded, told from others, read."""

import hashlib
import json

import h5py
import pytest
import torch
from scripts import download_weights, extract_weights

from highlow import reference
from highlow.networks import download, registry, weight_files, weight_folders, weights
from highlow.networks.architectures import architecture as build
from highlow.networks.architectures import definition
from highlow.runs.errors import HighlowError
from highlow.storage import checksums
from tests.conftest import HANG, REPOSITORY
from tests.reference import web_server
from tests.reference import weight_files as writers
from tests.reference.web_server import status

TABLE = REPOSITORY / "src/highlow/reference/inceptionv1_google2015.tsv"
LAYERS = {"conv2d0": (64, 3, 7, 7), "conv2d1": (64, 64, 1, 1), "conv2d2": (192, 64, 3, 3)}
FOLDER = "published"


def stem():
    """Return random weights of InceptionV1's first layers, by the names of TensorFlow's constants."""
    generator = torch.Generator().manual_seed(0)
    tensors = {}
    for name, shape in LAYERS.items():
        tensors[f"{name}_w"] = torch.randn(shape, generator=generator)
        tensors[f"{name}_b"] = torch.randn(shape[0], generator=generator)
    return tensors


class Published:
    """A folder of HDF5 files on a server of this machine, and the registry's entry of it."""

    def __init__(self, folder, server):
        self.folder = folder / "dump"
        self.parts = writers.write_hdf5_files(self.folder, stem())
        self.names = [part.file for part in self.parts]
        self.server = server
        self.server.files = {f"/a/dump/{name}": (self.folder / name).read_bytes() for name in self.names}
        item = {"file": FOLDER, "parts": "mine", "sha256": "0" * 64, "url": server.address("/a/dump/")}
        values = {"architecture": "inceptionv1", "layer": "conv2d2", "files": [item]}
        self.entry = registry.entry("mine", {"mine": values})

    def asked(self):
        """Return the names of the files that the server was asked for since the last call."""
        names = [path.removeprefix("/a/dump/") for path, _ in self.server.requests]
        self.server.requests.clear()
        return names


@pytest.fixture
def published(tmp_path, monkeypatch):
    web_server.without_proxy(monkeypatch)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    monkeypatch.delenv("HIGHLOW_WEIGHTS", raising=False)
    monkeypatch.delenv(weight_files.OFFLINE, raising=False)
    with web_server.serving() as server:
        result = Published(tmp_path / "clone", server)
        for module in (weight_folders, weights):
            monkeypatch.setattr(module, "weight_parts", {"mine": result.parts}.get)
        yield result


def cached():
    return weight_files.cache_folder() / FOLDER


def extract(entry, output, *options):
    """Run the script and return the bytes that it wrote."""
    written = json.dumps(registry.as_json(entry, "architecture", "files", "padding", "source", "layer"))
    assert extract_weights.main(["--entry", written, "--output", str(output), *options]) == 0
    return output.read_bytes()


def test_every_file_is_downloaded_once_and_checked(published, monkeypatch, capsys):
    monkeypatch.setattr(registry, "entry", lambda name: published.entry)
    assert download_weights.main(["--network", "mine"]) == 0
    assert capsys.readouterr().err == f"mine: {cached()}\n"
    assert published.asked() == published.names
    assert sorted(item.name for item in cached().iterdir()) == sorted(published.names)
    assert {name: (cached() / name).read_bytes() for name in published.names} == {
        name: (published.folder / name).read_bytes() for name in published.names
    }
    found, origin = weights.extract(published.entry)
    assert published.asked() == []
    assert (origin.file, origin.sha256, origin.accepted_by) == (FOLDER, "0" * 64, "sha256")
    assert all(torch.equal(found.weights[name][0], stem()[f"{name}_w"]) for name in LAYERS)


def test_a_file_and_a_folder_give_the_same_bytes(published, tmp_path):
    layers = {
        name: f"{name.removesuffix('_w')}.weight" if name.endswith("_w") else f"{name[:-2]}.bias" for name in stem()
    }
    path = tmp_path / "a.safetensors"
    writers.write_safetensors(path, {layers[name]: values for name, values in stem().items()})
    item = {"architecture": "inceptionv1", "layer": "conv2d2", "file": path.name, "sha256": checksums.sha256(path)}
    one = extract(
        registry.entry("mine", {"mine": item}), tmp_path / "one" / "weights.h5", "--weights-dir", str(tmp_path)
    )
    many = extract(published.entry, tmp_path / "many" / "weights.h5")
    assert one == many


@pytest.mark.parametrize("inside", [True, False])
def test_a_users_folder_is_the_clone_or_the_folder_itself(published, inside):
    given = published.folder.parent if inside else published.folder
    assert weight_files.locate(published.entry, given) == (published.entry.files[0], published.folder)
    assert weights.extract(published.entry, weights_dir=given)[1].accepted_by == "sha256"
    assert published.asked() == []


def test_a_users_folder_that_lacks_files_is_named_and_nothing_is_downloaded(published):
    (published.folder / published.names[2]).unlink()
    with pytest.raises(HighlowError) as caught:
        weights.extract(published.entry, weights_dir=published.folder.parent)
    assert str(caught.value) == (
        f"{published.folder}: 1 of 6 files are missing, the first is {published.names[2]}; complete it from "
        f"{published.entry.files[0].url}"
    )
    assert published.asked() == []


def test_a_damaged_file_is_refused_before_any_is_opened(published, monkeypatch):
    path = published.folder / published.names[3]
    content = bytearray(path.read_bytes())
    content[-1] ^= 1
    path.write_bytes(content)
    monkeypatch.setattr(h5py, "File", None)
    with pytest.raises(HighlowError, match=rf"^{path} has the wrong hash \(sha256 .*; replace it with http") as caught:
        weights.extract(published.entry, weights_dir=published.folder)
    assert "\n" not in str(caught.value)


def test_a_download_that_ends_early_is_used_by_nothing_and_continued(published):
    published.server.script = [web_server.serve, web_server.serve, status(404)]
    with pytest.raises(HighlowError, match=rf"{published.names[2]}: the server answered 404 Not Found; check the addr"):
        weight_files.locate(published.entry)
    assert published.asked() == published.names[:3]
    (cached() / f".{published.names[2]}.part").write_bytes((published.folder / published.names[2]).read_bytes()[:100])
    assert weight_files.find(published.entry) is None
    weight_files.locate(published.entry)
    assert published.server.ranges() == ["bytes=100-", None, None, None]
    assert published.asked() == published.names[2:]
    assert weights.extract(published.entry)[1].accepted_by == "sha256"


def test_another_file_than_the_registered_one_is_not_kept(published):
    published.server.files[f"/a/dump/{published.names[1]}"] += b"x"
    with pytest.raises(HighlowError, match=rf"what http.*/a/dump/{published.names[1]} gave has another hash"):
        weight_files.locate(published.entry)
    kept = {item.name for item in cached().iterdir()}
    assert kept == {published.names[0]}


def test_a_file_that_was_damaged_in_the_cache_is_refused(published):
    weight_files.locate(published.entry)
    (cached() / published.names[0]).write_bytes(b"x")
    with pytest.raises(HighlowError, match=rf"{published.names[0]} has the wrong hash .* replace it with http"):
        weights.extract(published.entry)


@pytest.mark.parametrize("begun", [True, False])
def test_offline_nothing_is_asked(published, monkeypatch, begun):
    if begun:
        cached().mkdir(parents=True)
        (cached() / published.names[0]).write_bytes((published.folder / published.names[0]).read_bytes())
    monkeypatch.setenv(weight_files.OFFLINE, "1")
    with pytest.raises(HighlowError) as caught:
        weight_files.locate(published.entry)
    assert str(caught.value).startswith(
        f"weights of 'mine' not found: no folder 'dump' of 6 files ({published.names[0]}, ...) in "
    )
    assert str(caught.value).endswith(f"or unset {weight_files.OFFLINE} to download it")
    assert published.asked() == []


def test_one_bar_shows_all_files(published, capsys):
    (item,) = published.entry.files
    sizes = {part.file: part.size for part in published.parts}
    cached().mkdir(parents=True)
    first = published.names[0]
    (cached() / first).write_bytes((published.folder / first).read_bytes())
    download.fetch_folder(item.url, cached(), sizes, lambda name, path: None, progress=True, wait=0, timeout=HANG)
    out, err = capsys.readouterr()
    shown = [line for line in err.split("\r") if line.strip()]
    assert out == ""
    assert all(line.startswith(f"{FOLDER}: ") for line in shown)
    assert shown[0].startswith(f"{FOLDER}:   0%")
    assert shown[1].startswith(f"{FOLDER}: {sizes[first] / sum(sizes.values()):4.0%}")  # what was there before
    assert "100%" in shown[-1]


def test_the_registered_table_has_a_file_for_every_tensor_of_the_network():
    (item,) = (item for item in registry.entry("inceptionv1_2015").files if item.parts)
    assert item.sha256 == hashlib.sha256(TABLE.read_bytes()).hexdigest()
    parts = reference.weight_parts(item.parts)
    naming = definition("inceptionv1").namings["graph"]
    wanted = [naming(node) for node in build("inceptionv1").nodes if node.has_weights]
    assert {part.file for part in parts} == {f"{name}.h5" for names in wanted for name in (names.weight, names.bias)}
    assert len(parts) == 116
    assert sum(part.size for part in parts) == 28_514_224
    assert all(len(part.sha256) == weight_files.SHA256_DIGITS for part in parts)


@pytest.mark.real
def test_the_registered_table_is_the_published_one(weights_dir):
    lines = (weights_dir / "inceptionv1_google2015_files.tsv").read_text().splitlines()[1:]
    fields = [line.split("\t") for line in lines]
    expected = tuple(reference.Part(name, int(size), digest) for name, size, _, digest in fields)
    assert reference.weight_parts("inceptionv1_google2015") == expected


@pytest.mark.real
def test_real_weights_from_a_file_and_from_a_folder_are_the_same_bytes(weights_dir, tmp_path, monkeypatch):
    entry = registry.entry("inceptionv1_2015")
    one = extract(entry, tmp_path / "one" / "weights.h5", "--weights-dir", str(weights_dir))
    found, _ = weights.extract(entry, weights_dir=weights_dir)
    tensors = {}
    for name, (weight, bias) in found.weights.items():
        names = definition("inceptionv1").namings["graph"](found.architecture.node(name))
        # In the published folder the classifier is a 1x1 convolution.
        tensors |= {names.weight: weight if weight.ndim == 4 else weight[:, :, None, None], names.bias: bias}
    parts = writers.write_hdf5_files(tmp_path / "dump", tensors)
    assert {part.file for part in parts} == {part.file for part in reference.weight_parts("inceptionv1_google2015")}
    for module in (weight_folders, weights):
        monkeypatch.setattr(module, "weight_parts", lambda name: parts)
    assert extract(entry, tmp_path / "many" / "weights.h5", "--weights-dir", str(tmp_path)) == one
    assert json.loads((tmp_path / "many" / "weights.provenance.json").read_text())["file"] == "inceptionv1_google2015"
