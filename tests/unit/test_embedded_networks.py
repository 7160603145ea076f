"""The networks whose weights come with the library: there without a download, and what they are said to be."""

import fnmatch
import tomllib

import numpy as np
import pytest
import torch
from safetensors import safe_open
from scripts import download_weights

from highlow.networks import load, loading, registry, weight_files, weights
from highlow.storage.checksums import sha256
from highlow.training import emergence
from tests.conftest import REPOSITORY
from tests.reference import twins

NAMES = [name for name, item in registry.shipped().items() if item.embedded]
LARGEST_FILE = 1_500_000  # bytes
GENERATED = ["planted", "planted_seed1", "planted_wide", "planted_deep"]


@pytest.fixture(autouse=True)
def _nothing_but_the_library(tmp_path, monkeypatch):
    """Neither a folder of weights, nor a cache, nor a connection."""
    monkeypatch.setenv("HIGHLOW_WEIGHTS", str(tmp_path))
    monkeypatch.setenv("XDG_CACHE_HOME", str(tmp_path))
    monkeypatch.setenv(weight_files.OFFLINE, "1")


def test_there_are_two():
    assert NAMES == ["inceptionv1_selfsup", "inceptionv1_selfsup_seed1"]


@pytest.mark.parametrize("name", NAMES)
def test_the_file_is_small_and_the_registered_one(name):
    (item,) = registry.entry(name).files
    path = weight_files.SHIPPED / item.file
    assert path.stat().st_size <= LARGEST_FILE
    assert sha256(path) == item.sha256
    with safe_open(path, "pt") as file:
        assert {file.get_tensor(key).dtype for key in file.keys()} == {torch.float16}  # noqa: SIM118


def test_the_files_are_part_of_the_package():
    listed = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["tool"]["setuptools"]["package-data"]["highlow"]
    for name in NAMES:
        (item,) = registry.entry(name).files
        assert any(fnmatch.fnmatch(f"resources/{item.file}", pattern) for pattern in listed)


@pytest.mark.parametrize("name", NAMES)
def test_there_is_nothing_to_download(name, capsys):
    assert download_weights.main(["--network", name]) == 0
    assert str(weight_files.SHIPPED) in capsys.readouterr().err


@pytest.mark.parametrize("name", NAMES)
def test_the_network_ends_with_mixed3b_and_agrees_with_its_numpy_twin(name):
    extracted, origin = weights.extract(registry.entry(name))
    assert origin.accepted_by == "sha256"
    assert extracted.architecture.nodes[-1].name == "mixed3b"
    network = load(name, "mixed3b")
    image = torch.rand(1, 3, 33, 30, generator=torch.Generator().manual_seed(0))
    pixels = network.preprocess(image)[0].double().numpy()
    theirs = twins.network(extracted.architecture, extracted.weights, pixels, "mixed3b")
    assert np.abs(network(image)[0].numpy() - theirs).max() <= 1e-4 * np.abs(theirs).max()


def test_what_stands_beside_each_network_without_a_download():
    beside = {name: registry.offline_beside(registry.entry(name)) for name in (*registry.shipped(), "planted_random")}
    for name, others in beside.items():
        if name in NAMES:
            assert others == [*NAMES, "planted"]
        else:
            assert others == (GENERATED if name in GENERATED else []), name
    assert registry.offline_beside(registry.entry("inceptionv1_selfsup_shuffled_space")) == []


def test_other_weights_under_an_embedded_name_are_the_users():
    mine = {"inceptionv1_selfsup": {"architecture": "inceptionv1_selfsup", "layer": "mixed3a", "file": "a.pth"}}
    assert registry.offline_beside(registry.entry("inceptionv1_selfsup", mine), mine) == []


def detectors(name):
    """Return how many units of the 3x3 branch of mixed3a are accepted, on the grid of the layer scan."""
    found = registry.entry(name)
    network, _ = weights.extract(registry.entry(found.base) if found.control else found)
    network = loading.destroyed(network, found, 0) if found.control else network
    return emergence.measured(network, 0)["detectors"]


@pytest.mark.slow
def test_detectors_are_learned_and_the_destroyed_copies_have_none():
    assert detectors("inceptionv1_selfsup") >= 12
    kinds = ("shuffled_space", "shuffled_channels", "random")
    assert {kind: detectors(f"inceptionv1_selfsup_{kind}_1") for kind in kinds} == dict.fromkeys(kinds, 0)
