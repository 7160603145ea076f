"""A network as a user has it: a file with a function that builds it, and a checkpoint of a training script."""

import importlib.util
from pathlib import Path

import torch
from torch.nn import functional

from highlow.probes.families import family, offsets

SIZE = 48
MEAN, DEVIATION = (0.5, 0.5, 0.5), (0.25, 0.25, 0.25)
CODE = '''"""A small network of my own."""

import torch
from torch import nn


class Stage(nn.Module):
    def __init__(self, before, width):
        super().__init__()
        self.conv = nn.Conv2d(before, width, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(width)
        self.act = nn.ReLU(inplace=True)

    def forward(self, x):
        return self.act(self.norm(self.conv(x)))


class Mine(nn.Module):
    def __init__(self, width, classes):
        super().__init__()
        self.stem = nn.Sequential(nn.Conv2d(3, width, 7, 2, 3), nn.ReLU(), nn.MaxPool2d(3, 2, 1))
        self.stages = nn.ModuleList([Stage(width, 2 * width), Stage(2 * width, 2 * width)])
        self.head = nn.Linear(2 * width, classes)

    def forward(self, x):
        x = self.stem(x)
        for stage in self.stages:
            x = stage(x)
        return self.head(x.mean(dim=(2, 3)))


def build(width=16, classes=8):
    return Mine(width, classes)
'''


def write_code(folder):
    """Write the file of the network and return its path."""
    path = Path(folder) / "mine.py"
    path.write_text(CODE)
    return path


def build(folder, **arguments):
    """Return the network from its file, with random weights of seed 0."""
    spec = importlib.util.spec_from_file_location("mine", write_code(folder))
    code = importlib.util.module_from_spec(spec)
    spec.loader.exec_module(code)
    torch.manual_seed(0)
    return code.build(**arguments)


def trained(folder, steps=150, batch=48):
    """Return the network after a training on which of eight directions the finer half of an image lies in.

    The images are generated: two textures side by side, at any ratio, with any phase, and noise.
    """
    stimuli = family("high_low", orientation_count=9, ratio_count=12, phase_count=6, pattern_size=40.0, seed=0)
    axis = offsets(SIZE, SIZE / 2)
    module = build(folder).train()
    optimizer = torch.optim.AdamW(module.parameters(), lr=3e-3)
    generator = torch.Generator().manual_seed(0)
    for _ in range(steps):
        chosen = torch.randint(len(stimuli), (batch,), generator=generator).numpy()
        pictures = stimuli.render(chosen, axis, axis).contiguous()
        pictures = pictures + 0.05 * torch.randn(pictures.shape, generator=generator)
        labels = torch.as_tensor((chosen // 6) % 9 % 8)
        loss = functional.cross_entropy(module((pictures - 0.5) / 0.25), labels)
        optimizer.zero_grad()
        loss.backward()
        optimizer.step()
    return module.eval()


def write_checkpoint(module, path):
    """Write a checkpoint as a training on several GPUs leaves it."""
    state = {f"module.{name}": value for name, value in module.state_dict().items()}
    torch.save({"epoch": 3, "state_dict": state, "best": 0.5}, path)
    return path


def with_checkpoint(module, path):
    """Return the network with the weights of a checkpoint, read as its author would."""
    state = torch.load(path, weights_only=True)["state_dict"]
    module.load_state_dict({name.removeprefix("module."): value for name, value in state.items()})
    return module.eval()
