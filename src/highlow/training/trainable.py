"""An architecture as a module that can be trained: batch normalization behind every convolution, folded in at the end.

Ioffe and Szegedy, "Batch Normalization: Accelerating Deep Network Training by Reducing Internal Covariate Shift", 2015.
"""

import torch
from torch import Tensor, nn
from torch.nn import functional

from highlow.networks.extracted import Weights
from highlow.networks.graph import Architecture
from highlow.networks.model import OwnInput, padded


class TrainableNetwork(nn.Module):
    """The convolutions of an architecture with batch normalization, up to its last node.

    Parameters
    ----------
    architecture : Architecture
        Of convolutions, maximum pools and concatenations.

    Notes
    -----
    Called with RGB images, (N, 3, H, W), it returns the activations of every node, (N, C, h, w) each, by its name; its
    preprocessing is included. Kernels start as He et al. (2015) have them, `fan_in`.
    """

    def __init__(self, architecture: Architecture) -> None:
        super().__init__()
        self.architecture = architecture
        self.kernels = nn.ParameterDict()
        self.norms = nn.ModuleDict()
        for node in architecture.nodes:
            if node.op == "conv":
                inputs = architecture.by_name[node.inputs[0]].channels
                kernel = torch.empty(node.channels, inputs, node.window.kernel, node.window.kernel)
                nn.init.kaiming_normal_(kernel, nonlinearity="relu")
                self.kernels[node.name] = nn.Parameter(kernel.to(memory_format=torch.channels_last))
                self.norms[node.name] = nn.BatchNorm2d(node.channels)
        self.own_input = OwnInput(architecture.preprocessing)

    def forward(self, images: Tensor) -> dict[str, Tensor]:
        """Return every node's activations by its name."""
        x = self.own_input(images)
        values = {self.architecture.nodes[0].name: x.contiguous(memory_format=torch.channels_last)}
        for node in self.architecture.nodes[1:]:
            if node.op == "concat":
                values[node.name] = torch.cat([values[name] for name in node.inputs], dim=1)
                continue
            x, source = values[node.inputs[0]], node.inputs[0]
            if node.op == "conv":
                x = functional.conv2d(padded(x, node, source, 0.0), self.kernels[node.name], None, node.window.stride)
                values[node.name] = functional.relu(self.norms[node.name](x), inplace=True)
            else:
                x = padded(x, node, source, -torch.inf)
                values[node.name] = functional.max_pool2d(x, node.window.kernel, node.window.stride)
        return values


@torch.no_grad()
def folded(network: TrainableNetwork) -> Weights:
    """Return weight and bias of every convolution with its batch normalization in them, computed in float64."""
    weights: Weights = {}
    for name, kernel in network.kernels.items():
        norm = network.norms[name]
        assert isinstance(norm, nn.BatchNorm2d) and norm.running_var is not None and norm.running_mean is not None
        factor = norm.weight.double() / (norm.running_var.double() + norm.eps).sqrt()
        weight = kernel.double() * factor[:, None, None, None]
        bias = norm.bias.double() - norm.running_mean.double() * factor
        weights[name] = (weight.float().contiguous().cpu(), bias.float().cpu())
    return weights
