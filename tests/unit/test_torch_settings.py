"""What a program around highlow has set for PyTorch changes no number of it."""

import os
from contextlib import ExitStack, contextmanager

import numpy as np
import pandas as pd
import pytest
import torch
from torch import nn

import highlow
from highlow.networks.torch_settings import as_shipped

GRID = {"orientations": 13, "ratios": 9, "phases": 2, "seeds": 2}


@pytest.fixture(scope="module")
def module():
    torch.manual_seed(0)
    stem = [nn.Conv2d(3, 4, 7, stride=2, padding=3, bias=False), nn.BatchNorm2d(4), nn.ReLU()]
    layers = [nn.Conv2d(4, 4, 5, stride=2, padding=2), nn.ReLU(), nn.Conv2d(4, 6, 9, padding=4), nn.ReLU()]
    return nn.Sequential(*stem, *layers).eval()


def found(module):
    """Return what is found of a module: a table of its units, pictures of two of them, and weights."""
    studied = highlow.from_module(module, size=64)
    last = studied.layers[-1]
    table = studied.detect(last, **GRID, device="cpu")
    pictures = studied.visualize(last, [0, 1], size=40, steps=2, device="cpu")
    weights = torch.cat([value.flatten() for value in studied.network(last).state_dict().values()])
    return table, pictures, weights


@pytest.fixture(scope="module")
def expected(module):
    return found(module)


@contextmanager
def put_back(setter, value, before):
    setter(value)
    try:
        yield
    finally:
        setter(before)


SETTINGS = {
    "type": lambda: put_back(torch.set_default_dtype, torch.float64, torch.float32),
    "device": lambda: torch.device("meta"),
    "inference": torch.inference_mode,
    "no gradients": torch.no_grad,
    "autocast": lambda: torch.autocast("cpu", dtype=torch.bfloat16),
    "precision": lambda: put_back(torch.set_float32_matmul_precision, "medium", "highest"),
}


@pytest.mark.parametrize("names", [("type", "no gradients", "precision"), ("device", "inference", "autocast")])
def test_numbers_are_the_same_whatever_is_set(module, expected, names):
    with ExitStack() as stack:
        for name in names:
            stack.enter_context(SETTINGS[name]())
        table, pictures, weights = found(module)
    pd.testing.assert_frame_equal(table, expected[0], check_exact=True)
    np.testing.assert_array_equal(pictures, expected[1])
    assert (weights.dtype, weights.device.type) == (torch.float32, "cpu")
    assert torch.equal(weights, expected[2])


def test_what_was_set_is_given_back(monkeypatch):
    monkeypatch.setenv("ONEDNN_DEFAULT_FPMATH_MODE", "BF16")
    with SETTINGS["type"](), SETTINGS["precision"](), torch.inference_mode(), SETTINGS["autocast"]():
        with pytest.raises(ValueError, match="within"), as_shipped():
            assert torch.get_default_dtype() == torch.float32
            assert not torch.is_inference_mode_enabled() and torch.is_grad_enabled()
            assert torch.backends.mkldnn.matmul.fp32_precision == "ieee"
            assert "ONEDNN_DEFAULT_FPMATH_MODE" not in os.environ
            raise ValueError("within")
        assert torch.get_default_dtype() == torch.float64
        assert torch.is_inference_mode_enabled() and torch.is_autocast_enabled("cpu")
        assert torch.backends.mkldnn.matmul.fp32_precision == "bf16"
        assert os.environ["ONEDNN_DEFAULT_FPMATH_MODE"] == "BF16"
