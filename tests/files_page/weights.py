"""Inputs of every row on weights."""

import hashlib

import torch

from highlow.networks import readers, registry, weight_files
from highlow.runs.errors import HighlowError
from tests.files_page import Section
from tests.reference import weight_files as writers

CONTENT = b"weights"
NOBODY = "http://127.0.0.1:1/mine.pth"


def file_outcome(folder, path):
    """Return what becomes of a file as weights."""
    try:
        return ("used", "") if readers.tensors(path) else ("left out", "")
    except HighlowError as error:
        return "error", str(error)


def written(*names, change=lambda path: None):
    """Return a builder of files as `writers` names them, of which the last is looked at."""

    def build(folder, _):
        for name in names:
            path = folder / name
            writers.WRITERS[name](path, writers.network())
            assert readers.tensors(path)
        change(path)
        return path

    return build


def saved(content):
    def build(folder, _):
        torch.save(content, folder / "mine.pth")
        return folder / "mine.pth"

    return build


def named(name, content=CONTENT):
    def build(folder, _):
        (folder / name).write_bytes(content)
        return folder / name

    return build


def cut(path):
    path.write_bytes(path.read_bytes()[:-40])


def sparse(folder, _):
    path = folder / "mine.pth"
    with path.open("wb") as file:
        file.truncate(readers.LARGEST_FILE + 1)
    return path


def linked(folder, _):
    target = folder / "blob"
    writers.write_safetensors(target, writers.network())
    (folder / "link.safetensors").symlink_to(target)
    return folder / "link.safetensors"


FILES = {
    "`.safetensors`": written("new.safetensors"),
    "`.pth`, `.pt`, `.bin`, `.ckpt`, `.pth.tar`: a state_dict, or a checkpoint with one": written(
        "zip.pth", "legacy.pt"
    ),
    "`.pb`, and a `.zip` with one `.pb`: a frozen TensorFlow graph": written("graph.pb", "graph.zip"),
    "`.caffemodel`": written("old.caffemodel", "new.caffemodel"),
    "a link to a file": linked,
    "another suffix": named("mine.onnx"),
    "a pickle with anything but tensors: a whole module, an optimizer's objects": saved(
        {"model": torch.nn.Linear(1, 1)}
    ),
    "a cut or changed file": written("new.safetensors", change=cut),
    "a file over 4 GiB": sparse,
    "no tensors of floating-point numbers": saved({"step": torch.tensor(1)}),
}


def entry(**fields):
    own = {
        "architecture": "googlenet",
        "layer": "mixed3a",
        "file": "mine.pth",
        "sha256": hashlib.sha256(CONTENT).hexdigest(),
    }
    return registry.entry("mine", {"mine": own | fields})


def place_outcome(folder, chosen):
    """Return what is said of a network's file: `chosen` is its entry and the place that the user names."""
    wanted, place = chosen
    try:
        weight_files.check_obtainable(wanted, place)
        item, path = weight_files.locate(wanted, place)
        weight_files.check_hash(item, path)
    except HighlowError as error:
        return "error", str(error)
    return "used", ""


def alone(monkeypatch, folder):
    """Look into no folder of this machine."""
    monkeypatch.setattr(weight_files, "cache_folder", lambda: folder / "cache")
    monkeypatch.setenv("TORCH_HOME", str(folder / "torch"))
    monkeypatch.delenv(weight_files.OFFLINE, raising=False)
    monkeypatch.delenv("HIGHLOW_WEIGHTS", raising=False)


def placed(name, place="", content=CONTENT, **fields):
    """Return a builder of a file somewhere below the folder, and of the place that the user names."""

    def build(folder, monkeypatch):
        alone(monkeypatch, folder)
        if name:
            (folder / name).parent.mkdir(parents=True, exist_ok=True)
            (folder / name).write_bytes(content)
        return entry(**fields), folder / place if place else None

    return build


def offline(folder, monkeypatch):
    alone(monkeypatch, folder)
    monkeypatch.setenv(weight_files.OFFLINE, "1")
    return entry(url=NOBODY), folder


PLACES = {
    "the folder that `weights_dir` or `HIGHLOW_WEIGHTS` names": placed("w/mine.pth", "w"),
    "the file itself in its place, under any name: its hash counts": placed("w/renamed (1).pth", "w/renamed (1).pth"),
    "the user's cache": placed("cache/mine.pth"),
    "the folder where PyTorch keeps its own downloads": placed("torch/hub/checkpoints/mine.pth"),
    "a folder that does not exist": placed("", "wieghts"),
    "a file with another hash": placed("w/mine.pth", "w", content=b"others"),
    "no file and no address": placed("", "."),
    "no file, and `HIGHLOW_OFFLINE` is set": offline,
    "no file, and no server answers": placed("", ".", url=NOBODY),
}
SECTIONS = {"Weight files": Section(FILES, file_outcome), "Places of weights": Section(PLACES, place_outcome)}
