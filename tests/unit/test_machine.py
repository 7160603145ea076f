"""What this machine has, and what is done where memory runs out."""

import types
from contextlib import nullcontext

import numpy as np
import psutil
import pytest
import torch
from torch.utils._python_dispatch import TorchDispatchMode

from highlow.networks import devices, load
from highlow.pictures import feature_visualization
from highlow.probes import responses
from highlow.probes.families import family
from highlow.runs import command_line, machine
from highlow.runs.errors import HighlowError, memory_line

MB = 2**20
GRID = {"orientation_count": 9, "ratio_count": 3, "phase_count": 1, "pattern_size": 60, "seed": 0}


@pytest.mark.parametrize(
    "lines,limits,expected",
    [
        ("0::/a/b\n", {"a/b/memory.max": "max", "a/memory.max": f"{700 * MB}"}, 700),
        ("0::/\n", {"memory.max": f"{300 * MB}\n"}, 300),
        ("4:memory:/j\n1:cpu:/j\n", {"memory/j/memory.limit_in_bytes": f"{500 * MB}"}, 500),
        ("4:memory:/j\n", {"memory/j/memory.limit_in_bytes": str(2**63 - 4096)}, 1000),
        ("0::/\n", {}, 1000),
    ],
)
def test_jobs_take_no_more_memory_than_is_free_or_a_container_may_have(tmp_path, monkeypatch, lines, limits, expected):
    monkeypatch.setattr(psutil, "virtual_memory", lambda: types.SimpleNamespace(available=1000 * MB))
    (tmp_path / "own").write_text(lines)
    for name, text in limits.items():
        (tmp_path / name).parent.mkdir(parents=True, exist_ok=True)
        (tmp_path / name).write_text(text)
    monkeypatch.setattr(machine, "OWN_CGROUPS", tmp_path / "own")
    monkeypatch.setattr(machine, "CGROUPS", tmp_path)
    assert machine.free_memory_mb() == expected


def test_a_scheduler_has_limits_of_its_own(monkeypatch):
    monkeypatch.delenv("SNAKEMAKE_PROFILE", raising=False)
    assert machine.runs_here(["all"], None)
    assert machine.runs_here(["all", "-j", "4"], 4)  # beside the profile's `cores: all`
    for words in (["--executor", "slurm"], ["--profile=profiles/slurm"], ["-e", "slurm"]):
        assert not machine.runs_here(["all", *words], 100)
    monkeypatch.setenv("SNAKEMAKE_PROFILE", "slurm")
    assert not machine.runs_here(["all"], 100)


def test_a_card_takes_one_job(monkeypatch):
    monkeypatch.setattr(machine, "_build_of_torch", lambda: "cuda")
    monkeypatch.setattr(machine, "DRIVERS", (machine.CGROUPS.parent,))
    monkeypatch.setattr(machine, "cards", lambda: 2)
    assert [machine.usable_cards(name) for name in ("auto", "cuda", "cpu", "mps")] == [2, 2, 0, 1]
    monkeypatch.setattr(machine, "cards", lambda: 0)
    assert [machine.usable_cards(name) for name in ("auto", "cuda")] == [0, 1]


@pytest.mark.parametrize(
    "build,cards,device,message",
    [
        ("cpu", 1, "cuda", "device=cuda, but PyTorch finds no GPU here: it is the build for the CPU"),
        ("cuda", 0, "cuda", "device=cuda, but PyTorch finds no GPU here: NVIDIA's driver shows none"),
        ("cuda", 1, "cuda", ""),
        ("hip", 0, "cuda", ""),
        ("cpu", 0, "auto", ""),
        ("cuda", 0, "mps", "device=mps is for Macs"),
    ],
)
def test_a_device_that_is_not_here_is_said(monkeypatch, build, cards, device, message):
    monkeypatch.setattr(machine, "_build_of_torch", lambda: build)
    monkeypatch.setattr(machine, "cards", lambda: cards)
    monkeypatch.setattr(machine.sys, "platform", "linux")
    with pytest.raises(HighlowError, match=message) if message else nullcontext():
        machine.check_device(device)


def test_the_installed_pytorch_is_what_it_says_itself():
    expected = "cuda" if torch.version.cuda else "hip" if torch.version.hip else "cpu"
    assert machine._build_of_torch() == expected
    if expected == "cuda":
        assert machine.cards() == torch.cuda.device_count()
    if not any(path.exists() for path in machine.DRIVERS):
        assert machine.cards() == 0


def test_a_batch_is_no_larger_than_a_cards_free_memory(monkeypatch):
    card = torch.device("cuda", 0)
    monkeypatch.setattr(torch.cuda, "mem_get_info", lambda device: (100 * MB, 200 * MB))
    assert devices.batch_size(64, 10 * MB, card) == 5
    assert devices.batch_size(64, MB // 2, card) == 64
    assert devices.batch_size(64, 1000 * MB, card) == 1
    assert devices.batch_size(64, 1000 * MB, torch.device("cpu")) == devices.batch_size(64, 1, None) == 64


def test_activations_take_what_their_tensors_take():
    network = load("inceptionv1_selfsup", "mixed3a")
    alive = network.run(torch.zeros(1, 3, 64, 64), keep=list(network.architecture.by_name))
    expected = sum(values.numel() * values.element_size() for values in alive.values())
    assert devices.activation_bytes(network.architecture, "mixed3a", 64) == expected


class Full:
    """A network of which a card holds a few pictures at a time."""

    def __init__(self, network, most):
        self.network, self.most, self.tried = network, most, []
        self.architecture, self.layer = network.architecture, network.layer

    def at(self, pictures, position):
        self.tried.append(len(pictures))
        if len(pictures) > self.most:
            raise torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB.")
        return self.network.at(pictures, position)


def test_where_a_card_is_full_less_is_tried():
    network = load("inceptionv1_selfsup", "conv2d1")
    shown = family("grating", **GRID)
    full = Full(network, most=3)
    found = responses.answers(full, shown)
    assert full.tried[0] == min(len(shown), responses.BATCH)
    assert min(full.tried) < 3 < max(full.tried)
    np.testing.assert_allclose(found, responses.answers(network, shown), rtol=1e-5, atol=1e-6)
    with pytest.raises(torch.OutOfMemoryError):
        responses.answers(Full(network, most=0), shown)


@pytest.mark.parametrize(
    "error,message",
    [
        (torch.OutOfMemoryError("CUDA out of memory. Tried to allocate 2.00 GiB."), "error: the memory of the GPU ran"),
        (MemoryError(), "error: the memory ran out; run fewer jobs at once"),
        (RuntimeError("[enforce fail] DefaultCPUAllocator: can't allocate memory: 8 bytes"), "error: the memory ran"),
    ],
)
def test_memory_that_ran_out_is_one_line(capsys, tmp_path, error, message):
    def program(options):
        raise error

    log = tmp_path / "job.log"
    assert command_line.run(program, command_line.parser("", "x"), ["--log", str(log)]) == 1
    assert capsys.readouterr().err.startswith(message)
    assert log.read_text().count("\n") == 1
    assert memory_line(RuntimeError("another")) == ""


class Kinds(TorchDispatchMode):
    """Gathers the kinds of numbers that operations give."""

    def __init__(self):
        super().__init__()
        self.kinds = set()

    def __torch_dispatch__(self, function, types, args=(), kwargs=None):
        found = function(*args, **(kwargs or {}))
        if function is torch.ops.aten.lift_fresh.default:  # an array of numpy's, before it is converted and moved
            return found
        for value in found if isinstance(found, list | tuple) else [found]:
            if isinstance(value, torch.Tensor):
                self.kinds.add(value.dtype)
        return found


def test_nothing_is_computed_in_numbers_that_a_mac_lacks():
    """Apple's GPUs have no float64. This says nothing of what else they lack: none was at hand."""
    network = load("inceptionv1_selfsup", "conv2d1")
    shown = family("high_low", **GRID)
    with Kinds() as found:
        responses.answers(network, shown)
        feature_visualization.visualize(network, feature_visualization.one_hot(np.array([0]), 64), steps=2)
    assert torch.float32 in found.kinds
    assert torch.float64 not in found.kinds
