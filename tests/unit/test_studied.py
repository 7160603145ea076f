"""Networks in Python: any module, or a network by its name, and what is found in it."""

import math
import subprocess
import sys
from types import SimpleNamespace

import numpy as np
import pandas as pd
import pytest
import torch
import yaml
from torch import nn
from torch.nn import functional

import highlow
from highlow.circuits import detection, layer_table
from highlow.circuits.expanded_weights import expanded_weights
from highlow.networks import choices
from highlow.networks.extracted import Extracted
from highlow.networks.importing import preprocessing
from highlow.networks.torchvision_library import torchvision_module
from highlow.runs import progress
from highlow.runs.errors import HighlowError
from highlow.studied import defaults
from tests.conftest import REPOSITORY

GRID = {"orientations": 9, "ratios": 6, "phases": 1}
DETECT = GRID | {"seeds": 1}


class Fire(nn.Module):
    """A block with a bottleneck and two branches, the one with taps second."""

    def __init__(self, channels):
        super().__init__()
        self.squeeze = nn.Conv2d(channels, 4, 1)
        self.narrow = nn.Conv2d(4, 6, 1)
        self.wide = nn.Conv2d(4, 8, 3, padding=1)

    def forward(self, x):
        x = functional.relu(self.squeeze(x))
        return torch.cat([functional.relu(self.narrow(x)), functional.relu(self.wide(x))], 1)


class Own(nn.Module):
    """A user's own network: 23 px at the block's 3x3 branch."""

    def __init__(self):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, 8, 11, stride=2, padding=5), nn.ReLU())
        self.middle = nn.Sequential(nn.Conv2d(8, 12, 3, stride=2, padding=1), nn.BatchNorm2d(12), nn.ReLU())
        self.fire = Fire(12)
        self.head = nn.Linear(14, 5)

    def forward(self, x):
        return self.head(self.fire(self.middle(self.stem(x))).mean((2, 3)))


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(1)
    return Own().eval()


@pytest.fixture(scope="module")
def own(module):
    return highlow.from_module(module, size=64)


@pytest.fixture(scope="module")
def resnet():
    torch.manual_seed(0)
    return torchvision_module("torchvision.models").resnet18(weights=None).eval()


def test_the_package_is_imported_without_pytorch():
    code = "import sys, highlow; print(sorted({'torch', 'numpy', 'pandas'} & set(sys.modules)))"
    found = subprocess.run([sys.executable, "-c", code], capture_output=True, text=True, check=True)
    assert found.stdout.strip() == "[]"
    with pytest.raises(AttributeError, match="nothing_such"):
        _ = highlow.nothing_such


def test_the_settings_are_those_of_the_configuration():
    schema = yaml.safe_load((REPOSITORY / "workflow/schemas/config.schema.yaml").read_text())["properties"]
    grid = {name: item["default"] for name, item in schema["stimuli"]["properties"].items()}
    steps = schema["feature_visualization"]["properties"]["steps"]["default"]
    known = (defaults.ORIENTATIONS, defaults.RATIOS, defaults.PHASES, defaults.SEEDS, defaults.STEPS)
    seeds = schema["factors"]["properties"]["seeds"]["default"]
    assert known == (grid["orientations"], grid["ratios"], grid["phases"], seeds, steps)
    smallest = {name: item["minimum"] for name, item in schema["stimuli"]["properties"].items() if "minimum" in item}
    assert {name: defaults.SMALLEST[name] for name in smallest} == smallest


def test_a_module_computes_what_it_did(own, module):
    images = torch.rand(2, 3, 64, 64)
    mean, deviation = (torch.tensor(values)[:, None, None] for values in (preprocessing.MEAN, preprocessing.DEVIATION))
    inside = (images - mean) / deviation
    with torch.no_grad():
        middle = module.middle(module.stem(inside))
        torch.testing.assert_close(own.network()(images), module(inside), rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(own.network("middle")(images), middle, rtol=1e-4, atol=1e-5)
        torch.testing.assert_close(own.network("fire")(images), module.fire(middle), rtol=1e-4, atol=1e-5)


def test_layers_are_in_the_order_of_computation(own):
    assert own.name == "Own" and f"{len(own.layers)} layers" in repr(own)
    order = [own.layers.index(name) for name in ("stem.0", "middle.0", "fire.squeeze", "fire.wide", "fire", "head")]
    assert order == sorted(order)
    assert all(layer and isinstance(own.network(layer), nn.Module) for layer in own.layers)


def test_what_is_studied_of_a_layer_where_nobody_says(own):
    assert (own.branch("fire"), own.source("fire")) == ("wide", "middle.0")
    assert (own.branch("middle"), own.source("middle")) == ("middle.0", "stem.0")
    planted = highlow.load("planted")
    assert (planted.branch("mixed3a"), planted.source("mixed3a")) == ("3x3", "maxpool1")
    assert (planted.branch("conv2d2"), planted.source("conv2d2")) == ("conv2d2", "conv2d1")


def test_tables_have_the_columns_of_the_pipeline(own):
    table = own.detect("fire", **DETECT)
    assert set(detection.COLUMNS) | set(detection.EVIDENCE) <= set(table)
    assert sorted(table["unit"]) == list(range(14)) and set(table["layer"]) == {"fire"}
    with_maps = table.loc[table["hf_lf_map_correlation"].notna(), "branch"]
    assert set(with_maps) == {"wide"} and len(with_maps) == 8
    tuned = own.tuning("fire", [12, 3], **GRID)
    assert tuned["unit"].drop_duplicates().tolist() == [12, 3]
    assert list(tuned) == ["layer", "unit", "orientation_deg", "ratio", "response"]
    assert len(tuned) == 2 * GRID["orientations"] * GRID["ratios"]
    every = own.tuning("fire", **GRID)
    pd.testing.assert_frame_equal(
        every[every["unit"] == 12].reset_index(drop=True), tuned[tuned["unit"] == 12].reset_index(drop=True)
    )


def test_an_alias_is_the_layer_itself(own):
    table = own.detect("middle", **DETECT)
    assert set(table["layer"]) == {"middle.0"}
    pd.testing.assert_frame_equal(table, own.detect("middle.2", **DETECT))


def test_another_branch_and_another_source_can_be_named(own):
    table = own.detect("fire", branch="narrow", source="stem.0", **DETECT)
    assert set(table.loc[table["weight_orientation_deg"].notna(), "branch"]) == {"narrow"}
    # The narrow branch sees less, and so is shown smaller patterns unless told otherwise.
    large, small = (own.tuning("fire", range(6), branch="narrow", pattern_size=size, **GRID) for size in (45, None))
    assert not np.allclose(large["response"], small["response"])


def test_weights_are_those_that_factors_are_fitted_on(own):
    found = own.weights("fire", [12, 7], source="stem.0")
    kernel = expanded_weights(own.extracted.architecture, own.extracted.weights, "stem.0", "fire.wide").weight.numpy()
    assert found.shape == (2, 8, *kernel.shape[2:])
    np.testing.assert_array_equal(found, kernel[[6, 1]])  # the branch begins behind the six units of the other
    assert own.weights("fire", 2, branch="narrow").shape[:2] == (1, 12)
    with pytest.raises(HighlowError, match="unit 2 of 'fire' is in the narrow branch, not in 'wide'"):
        own.weights("fire", 2)


def test_all_stimuli_of_a_search_are_on_one_bar(own, monkeypatch):
    bars = []

    class Bar:
        def __init__(self, total, **_):
            self.total, self.done = total, 0
            bars.append(self)

        def __enter__(self):
            return self

        def __exit__(self, *_):
            pass

        def update(self, count):
            self.done += count

    monkeypatch.setattr(progress, "tqdm", Bar)
    own.detect("fire", **DETECT)
    assert [(bar.done, bar.total) for bar in bars] == [(bars[0].total, bars[0].total)]
    own.tuning("fire", 7, **GRID)
    assert [bar.done for bar in bars[1:]] == [9 * 6]


def test_the_scan_is_that_of_the_library(own):
    table = own.scan(seeds=1)
    extracted = Extracted(own.name, own.extracted.architecture, own.extracted.weights)
    wanted, _, _ = layer_table.scan_table(extracted, 1, 0)
    assert list(table) == list(wanted) and table["is_peak"].sum() == 1
    assert {"middle.0", "fire"} <= set(table["layer"])


def test_pictures_are_in_the_order_of_the_units(own):
    both = own.visualize("fire", [9, 2], steps=2, seed=3)
    assert both.dtype == np.float32 and both.shape == (2, *both.shape[1:3], 3)
    assert both.shape[1] >= own.extracted.architecture.field_size("fire")
    assert 0 <= both.min() < both.max() <= 1
    np.testing.assert_array_equal(own.visualize("fire", 2, steps=2, seed=3)[0], both[1])


def test_the_number_of_threads_is_what_it_was(own):
    before = torch.get_num_threads()
    own.tuning("stem.0", 0, pattern_size=45, threads=before + 1, **GRID)
    assert torch.get_num_threads() == before


def test_a_residual_network_of_torchvision(resnet):
    studied = highlow.from_module(resnet, name="resnet18", until="layer2.0")
    assert studied.layers[-1] == "layer2.0"
    assert (studied.branch("layer2.0"), studied.source("layer2.0")) == ("layer2.0", "layer1.1")
    # Behind its sum a block reads what its last convolution with taps reads, not that convolution itself.
    assert choices.sources(studied.extracted.architecture, "layer2.0") == ["layer1.1", "layer2.0.conv1"]
    table = studied.detect("layer1.0", **DETECT)
    assert len(table) == 64 and set(table["layer"]) == {"layer1.0"}
    assert table["weight_orientation_deg"].notna().all()
    with pytest.raises(HighlowError, match="has no classifier here"):
        studied.network()


@pytest.mark.parametrize("attribute", ["pretrained_cfg", "default_cfg"])
@pytest.mark.parametrize("kind", [dict, SimpleNamespace])
def test_a_module_may_say_how_it_was_trained(attribute, kind):
    module = nn.Conv2d(3, 4, 3)
    setattr(module, attribute, kind(mean=(0.5, 0.5, 0.5), std=[0.25, 0.5, 1.0]))
    found = preprocessing.preprocessing(module, None, None)
    assert (found.scale, found.offset) == ((4, 2, 1), (2, 1, 0.5))
    assert preprocessing.preprocessing(module, (0, 0, 0), (1, 1, 1)).scale == (1, 1, 1)


@pytest.mark.parametrize(
    ("ask", "phrase"),
    [
        (lambda own: own.detect("fir", **DETECT), "'Own' has no layer 'fir'; did you mean 'fire'?"),
        (lambda own: own.network("fir"), "no layer 'fir'"),
        (lambda own: own.detect("stem", pattern_size=45, **DETECT), "layer 'stem.0' of 'Own' reads the image"),
        (lambda own: own.detect("stem", source="stem.0", **DETECT), "'stem.0' of 'Own' sees 11 px, too few"),
        (lambda own: own.detect("head", **DETECT), "sees the whole image"),
        (lambda own: own.detect("fire", branch="3x3", **DETECT), "no branch '3x3'; known: narrow, wide"),
        (lambda own: own.detect("middle", source="fire", **DETECT), "does not depend on 'fire'"),
        (lambda own: own.detect("fire", **DETECT | {"orientations": 4}), "orientations=4 is too few; 9 or more"),
        (lambda own: own.detect("fire", **DETECT | {"seeds": 0}), "seeds=0 is too few"),
        (lambda own: own.detect("fire", device="gpu", **DETECT), "unknown device 'gpu'"),
        (lambda own: own.tuning("fire", [3, 14], **GRID), "'fire' of 'Own' has no unit 14; its units are 0 to 13"),
        (lambda own: own.tuning("fire", -1, **GRID), "no unit -1"),
        (lambda own: own.tuning("fire", [], **GRID), "no unit of layer 'fire' is named"),
        (lambda own: own.tuning("fire", 1.5, **GRID), "units are whole numbers, not 1.5"),
        (lambda own: own.visualize("fire", 14), "has no unit 14"),
        (lambda own: own.visualize("head", 0, steps=1), "sees the whole image"),
    ],
)
def test_what_cannot_be_asked_is_said_in_one_line(own, ask, phrase):
    with pytest.raises(HighlowError) as error:
        ask(own)
    assert phrase in str(error.value) and "\n" not in str(error.value)


@pytest.mark.parametrize(
    ("arguments", "phrase"),
    [
        ({"mean": (0.5, 0.5)}, "mean must be three numbers, one a channel, not (0.5, 0.5)"),
        ({"std": 1}, "std must be three numbers"),
        ({"std": (1, 0, 1)}, "a channel cannot be divided by 0"),
        ({"size": 8, "mean": (math.nan,) * 3}, "mean must be three numbers"),
        ({"until": "nowhere"}, "has no layer 'nowhere'"),
    ],
)
def test_a_module_that_is_described_wrongly(module, arguments, phrase):
    with pytest.raises(HighlowError) as error:
        highlow.from_module(module, **{"size": 64} | arguments)
    assert phrase in str(error.value)


def test_what_is_no_module():
    with pytest.raises(HighlowError, match=r"a torch\.nn\.Module is wanted, not str"):
        highlow.from_module("resnet18")
    with pytest.raises(HighlowError, match="unknown network 'googlenett'; did you mean 'googlenet'"):
        highlow.load("googlenett")
