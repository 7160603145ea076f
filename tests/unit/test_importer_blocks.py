"""Blocks of modules that are written in one piece."""

import torch
from torch import nn

from tests.reference.foreign_networks import graph_of


class OnePiece(nn.Module):
    """Two parting paths, a residual sum, and a connection across the whole, without a module for any of them."""

    def __init__(self):
        super().__init__()
        for name, (before, behind, size) in {
            "first": (3, 8, 3),
            "left": (8, 8, 1),
            "right_in": (8, 4, 1),
            "right": (4, 8, 3),
            "inner": (16, 16, 3),
            "outer": (16, 16, 3),
            **{f"deep{index}": (16, 16, 3) for index in range(7)},
            "last": (32, 8, 1),
        }.items():
            setattr(self, name, nn.Conv2d(before, behind, size, padding=size // 2))
        self.head = nn.Linear(8, 5)

    def forward(self, x):
        x = torch.relu(self.first(x))
        x = torch.relu(torch.cat([self.left(x), self.right(torch.relu(self.right_in(x)))], 1))
        x = skipped = torch.relu(self.outer(torch.relu(self.inner(x))) + x)
        for index in range(7):
            x = torch.relu(getattr(self, f"deep{index}")(x))
        x = torch.relu(self.last(torch.cat([x, skipped], 1)))
        return self.head(x.mean((2, 3)))


def test_paths_that_part_and_meet_are_a_block():
    torch.manual_seed(0)
    architecture = graph_of(OnePiece().eval(), name="piece", size=32).architecture
    block = {node.name: node.block or node.name for node in architecture.nodes}
    assert block["left"] == block["right"] == block["right_in"] == "concat"
    assert block["inner"] == block["outer"] == "add"
    # The long way round is no block: its convolutions are blocks by themselves.
    assert block["deep3"] == "deep3"
    assert architecture.blocks == ("first", "concat", "add", *(f"deep{index}" for index in range(7)), "last")
    assert architecture.layers_before("add") == ("concat",)
    assert architecture.layers_before("right") == ("first",)
