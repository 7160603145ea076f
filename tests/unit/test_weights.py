"""Weight files of every format: found, checked, read, and the same weights.h5 out of all of them."""

import json
import re
import shutil
import subprocess
import sys

import h5py
import pytest
import torch
from scripts import download_weights, extract_weights

from highlow.networks import download, extracted, fingerprints, load, registry, weight_files, weights
from highlow.networks.architectures import architecture as build
from highlow.networks.architectures import definition
from highlow.reference import tensor_ranges
from highlow.runs.errors import HighlowError
from highlow.storage import checksums
from tests.reference import weight_files as writers


def generated(architecture, ranges=None):
    """Return random weights of a whole network; tensors with a published range have exactly that range."""
    generator = torch.Generator().manual_seed(0)
    result = {}
    for node in build(architecture).nodes:
        if not node.has_weights:
            continue
        inputs = build(architecture).by_name[node.inputs[0]].channels
        kernel = (node.window.kernel,) * 2 if node.op == "conv" else ()
        parts = []
        for part, shape in (("w", (node.channels, inputs, *kernel)), ("b", (node.channels,))):
            values = torch.rand(shape, generator=generator)
            low, step = (ranges or {}).get(f"{node.name}_{part}", (-0.1, 0.2 / 65535))
            values = (values - values.min()) / (values.max() - values.min())
            parts.append(low + 65535 * step * values)
        result[node.name] = tuple(parts)
    return result


def named(architecture, naming, tensors):
    """Return a file's tensors by the names of a naming."""
    nodes = build(architecture).by_name
    flat = {}
    for name, (weight, bias) in tensors.items():
        names = definition(architecture).namings[naming](nodes[name])
        flat |= {names.weight: weight, names.bias: bias}
    return flat


def by_layer(tensors):
    """Return named tensors as the writer of Caffe models wants them."""
    layers = sorted({name.rpartition(".")[0] for name in tensors})
    return {layer: (tensors[f"{layer}.weight"], tensors[f"{layer}.bias"]) for layer in layers}


@pytest.fixture(scope="module")
def inceptionv1():
    return generated("inceptionv1", tensor_ranges("inception5h"))


@pytest.fixture(scope="module")
def files(tmp_path_factory, inceptionv1):
    """The same network in every format that it comes in."""
    folder = tmp_path_factory.mktemp("files")
    lucent = named("inceptionv1", "lucent", inceptionv1)
    writers.write_pytorch(folder / "inception5h.pth", lucent)
    writers.write_pytorch(folder / "old.pth", lucent, legacy=True)
    writers.write_graphdef(folder / "InceptionV1.pb", named("inceptionv1", "graph", inceptionv1))
    writers.write_zip(folder / "inception5h.zip", folder / "InceptionV1.pb")
    writers.write_safetensors(folder / "plain.safetensors", named("inceptionv1", "tensorflow", inceptionv1))
    writers.write_caffemodel(
        folder / "mine.caffemodel", by_layer(named("inceptionv1", "caffe", inceptionv1)), old=False
    )
    return folder


def entry_of(path, architecture="inceptionv1", **fields):
    values = {"architecture": architecture, "layer": "mixed3a", "file": path.name, "sha256": checksums.sha256(path)}
    return registry.entry("mine", {"mine": values | fields})


def extract(entry, folder, output):
    """Run the script; return its status, last line and the file."""
    fields = ("architecture", "files", "fingerprint", "padding", "source", "layer")
    options = ["--entry", json.dumps(registry.as_json(entry, *fields)), "--weights-dir", str(folder)]
    return extract_weights.main([*options, "--output", str(output)])


@pytest.mark.slow
def test_every_format_gives_the_same_bytes(files, tmp_path):
    written = set()
    for path in sorted(files.iterdir()):
        output = tmp_path / path.name / "weights.h5"
        assert extract(entry_of(path, fingerprint="inception5h"), files, output) == 0
        written.add(output.read_bytes())
        origin = json.loads((output.parent / "weights.provenance.json").read_text())
        assert (origin["file"], origin["sha256"]) == (path.name, checksums.sha256(path))
        assert origin["accepted_by"] == "sha256"
    assert len(sorted(files.iterdir())) == 6
    assert len(written) == 1


@pytest.mark.parametrize("old", [True, False])
def test_caffe_model_and_safetensors_of_googlenet_give_the_same_bytes(tmp_path, old):
    tensors = named("googlenet", "caffe", generated("googlenet"))
    writers.write_caffemodel(tmp_path / "g.caffemodel", by_layer(tensors), old=old)
    writers.write_safetensors(tmp_path / "g.safetensors", tensors)
    written = []
    for name in ("g.caffemodel", "g.safetensors"):
        assert extract(entry_of(tmp_path / name, "googlenet"), tmp_path, tmp_path / f"{name}.h5") == 0
        written.append((tmp_path / f"{name}.h5").read_bytes())
    assert written[0] == written[1]


def test_weights_are_those_that_were_written(files, inceptionv1, tmp_path):
    found, _ = weights.extract(entry_of(files / "InceptionV1.pb"), weights_dir=files)
    extracted.write(tmp_path / "weights.h5", found, entry_of(files / "InceptionV1.pb"), {})
    again = extracted.read(tmp_path / "weights.h5")
    assert set(again.weights) == set(inceptionv1)
    for name, (weight, bias) in inceptionv1.items():
        assert torch.equal(again.weights[name][0], weight)
        assert torch.equal(again.weights[name][1], bias)


def test_inceptionv1_runs_to_its_logits(files):
    network = load("inceptionv1", weights_dir=files, networks={"inceptionv1": UNHASHED})
    assert network(torch.rand(2, 3, 224, 224)).shape == (2, 1008)


UNHASHED = {
    "architecture": "inceptionv1",
    "layer": "mixed3a",
    "files": [{"file": "InceptionV1.pb"}],
    "fingerprint": "inception5h",
}


def test_a_file_without_a_hash_is_accepted_by_its_ranges_only(files, inceptionv1, tmp_path):
    entry = registry.entry("inceptionv1", {"inceptionv1": UNHASHED})
    _, origin = weights.extract(entry, weights_dir=files)
    assert origin.accepted_by == "published ranges"
    shifted = inceptionv1 | {"conv2d2": (inceptionv1["conv2d2"][0] * 1.001, inceptionv1["conv2d2"][1])}
    writers.write_graphdef(tmp_path / "InceptionV1.pb", named("inceptionv1", "graph", shifted))
    with pytest.raises(HighlowError, match=r"InceptionV1\.pb: conv2d2_w runs from .* these are other weights"):
        weights.extract(entry, weights_dir=tmp_path)
    without = registry.entry("mine", {"mine": {**UNHASHED, "fingerprint": ""}})
    with pytest.raises(HighlowError, match="has no sha256"):
        weights.extract(without, weights_dir=files)


@pytest.mark.parametrize("part", [0, 1])
def test_every_published_range_is_checked(inceptionv1, tmp_path, part):
    fingerprints.check("inception5h", inceptionv1, tmp_path)
    layers = sorted({name.rpartition("_")[0] for name in tensor_ranges("inception5h")})
    assert len(layers) == 15
    for layer in layers:
        values = [tensor.clone() for tensor in inceptionv1[layer]]
        values[part].view(-1)[0] = 7.0
        with pytest.raises(HighlowError, match=f"{layer}_{'wb'[part]} runs from"):
            fingerprints.check("inception5h", inceptionv1 | {layer: tuple(values)}, tmp_path)
    missing = {name: pair for name, pair in inceptionv1.items() if name != "mixed3b_5x5"}
    with pytest.raises(HighlowError, match="no layer 'mixed3b_5x5'"):
        fingerprints.check("inception5h", missing, tmp_path)


def test_published_ranges_are_the_reference(reference_dir):
    published = json.loads((reference_dir / "inception5h_tensor_ranges.json").read_text())
    del published["_source"]
    assert tensor_ranges("inception5h") == {name: (low, step) for name, (_, low, step) in published.items()}
    by_name = build("inceptionv1").by_name
    for name, (shape, *_) in published.items():
        node = by_name[name.rpartition("_")[0]]
        assert shape[-1] == node.channels
        if name.endswith("_w"):
            assert shape == [node.window.kernel] * 2 + [by_name[node.inputs[0]].channels, node.channels]


def test_hashes_of_every_kind(tmp_path):
    path = tmp_path / "hello"
    path.write_bytes(b"hello world\n")
    git = subprocess.run(["git", "hash-object", path], capture_output=True, text=True, check=True).stdout.strip()
    assert checksums.git_blob(path) == git
    assert checksums.sha1(path) == "22596363b3de40b06f981fb85d82312e8c0ed511"
    known = {"sha256": checksums.sha256(path), "sha1": checksums.sha1(path), "git_blob": git}
    for key, value in known.items():
        item = registry.WeightFile("hello", **{key: value})
        assert weight_files.check_hash(item, path) == key.replace("_", " ")
        with pytest.raises(HighlowError, match="hello has the wrong hash"):
            weight_files.check_hash(registry.WeightFile("hello", **{key: "0" + value[1:]}), path)
    short = registry.WeightFile("hello", sha256=known["sha256"][:8])
    assert weight_files.check_hash(short, path) == "sha256 (first 8 digits)"
    with pytest.raises(HighlowError, match="no hash is registered"):
        weight_files.check_hash(registry.WeightFile("hello"), path)


class Code:
    """What a hostile pickle looks like."""

    def __reduce__(self):
        return (exec, ("open('executed', 'w').close()",))


def other_graph(path):
    writers.write_graphdef(path, {"MobilenetV1/Conv2d_0/weights": torch.zeros(32, 3, 3, 3)})


def wrong_shapes(path):
    tensors = by_layer(named("googlenet", "caffe", generated("googlenet")))
    tensors["inception_3a/3x3"] = (torch.zeros(128, 96, 5, 5), torch.zeros(128))
    writers.write_caffemodel(path, tensors, old=True)


def not_finite(path):
    tensors = named("googlenet", "caffe", generated("googlenet"))
    tensors["inception_3a/3x3.weight"].view(-1)[5] = torch.nan
    writers.write_safetensors(path, tensors)


def half_a_layer(path):
    tensors = named("googlenet", "caffe", generated("googlenet"))
    del tensors["inception_3a/3x3.bias"]
    writers.write_safetensors(path, tensors)


@pytest.mark.parametrize(
    "name,architecture,write,message",
    [
        ("code.pth", "inceptionv1", lambda path: torch.save(Code(), path), "loading it could run code"),
        ("other.pb", "inceptionv1", other_graph, "no tensor 'conv2d0_w' or .* not weights of architecture"),
        ("wrong.caffemodel", "googlenet", wrong_shapes, "'mixed3a_3x3' .* needs a weight of shape"),
        ("nan.safetensors", "googlenet", not_finite, "'mixed3a_3x3' .* not finite"),
        ("half.safetensors", "googlenet", half_a_layer, "lacks the tensor 'inception_3a/3x3.bias'"),
        ("cut.safetensors", "googlenet", lambda path: path.write_bytes(b"\x10"), "safetensors"),
        ("text.doc", "googlenet", lambda path: path.write_text("x"), "suffix"),
    ],
)
def test_bad_files_end_in_one_line(tmp_path, monkeypatch, capsys, name, architecture, write, message):
    monkeypatch.chdir(tmp_path)
    write(tmp_path / name)
    assert extract(entry_of(tmp_path / name, architecture), tmp_path, tmp_path / "weights.h5") == 1
    lines = capsys.readouterr().err.strip().splitlines()
    assert len(lines) == 1
    assert lines[0].startswith("error: ")
    assert name in lines[0] or repr("mine") in lines[0]
    assert re.search(message, lines[0]), lines[0]
    assert not (tmp_path / "weights.h5").exists()
    assert not (tmp_path / "executed").exists()


def test_missing_weights_say_where_they_were_looked_for(tmp_path, monkeypatch):
    monkeypatch.setenv(weight_files.OFFLINE, "1")
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path / "cache"))
    with pytest.raises(HighlowError, match=r"bvlc_googlenet\.safetensors.*HIGHLOW_WEIGHTS.*HIGHLOW_OFFLINE") as caught:
        load("googlenet", "mixed3a", weights_dir=tmp_path)
    assert str(tmp_path) in str(caught.value)
    with pytest.raises(HighlowError, match=r"no file 'vgg19\.safetensors' in .*HIGHLOW_WEIGHTS$"):
        load("vgg19", "block3_conv2", weights_dir=tmp_path)


def test_the_next_address_is_tried(tmp_path, monkeypatch):
    monkeypatch.delenv(weight_files.OFFLINE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    asked = []

    def fetch(url, target, check):
        asked.append(url)
        raise HighlowError("no connection")

    monkeypatch.setattr(download, "fetch", fetch)
    with pytest.raises(
        HighlowError, match=r"weights of 'inceptionv1' not found: .*, and no connection; no connection$"
    ):
        weight_files.locate(registry.entry("inceptionv1"), tmp_path)
    assert asked == [item.url for item in registry.entry("inceptionv1").files if item.url]


def test_a_download_is_checked_and_used(tmp_path, monkeypatch, capsys, files):
    monkeypatch.delenv(weight_files.OFFLINE, raising=False)
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))

    def fetch(url, target, check):
        target.parent.mkdir(parents=True, exist_ok=True)
        shutil.copy(files / "inception5h.pth", target)
        check(target)
        return target

    monkeypatch.setattr(download, "fetch", fetch)
    (tmp_path / "empty").mkdir()
    assert download_weights.main(["--network", "inceptionv1", "--weights-dir", str(tmp_path / "empty")]) == 1
    message = capsys.readouterr().err  # ours is not the published file
    assert message.count("has another hash than registered; it was not kept") == 2


@pytest.mark.real
def test_a_file_with_another_hash_is_refused(weights_dir, tmp_path):
    name = registry.entry("googlenet").files[0].file
    shutil.copy(weights_dir / name, tmp_path / name)
    (tmp_path / name).chmod(0o644)
    with (tmp_path / name).open("r+b") as file:
        file.seek(1000)
        file.write(b"x")
    with pytest.raises(HighlowError, match="wrong hash"):
        load("googlenet", "mixed3a", weights_dir=tmp_path)


@pytest.mark.real
def test_real_weights_h5_is_the_file(weights_dir, tmp_path):
    entry = registry.entry("googlenet")
    found, origin = weights.extract(entry, weights_dir=weights_dir)
    assert origin.accepted_by == "sha256"
    extracted.write(tmp_path / "weights.h5", found, entry, {})
    again = extracted.read(tmp_path / "weights.h5")
    assert again.architecture == found.architecture
    assert all(torch.equal(again.weights[name][0], weight) for name, (weight, _) in found.weights.items())
    with h5py.File(tmp_path / "weights.h5") as file:
        assert set(file["conv2d0"].attrs) == {"stride", "padding", "source", "sha256"}


@pytest.mark.slow
def test_reading_weights_runs_nothing_but_the_reader():
    """Neither TensorFlow's messages nor the downloader are loaded for a safetensors file."""
    code = "import sys, highlow.networks.weights; print({'pooch', 'tensorboard', 'requests'} & set(sys.modules))"
    done = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert done.stdout.strip() == "set()"
