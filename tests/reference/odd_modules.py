"""Modules as people write them: by hand, functional, in place, shared, with Python in the way. RGB (N, 3, H, W) in."""

from collections import OrderedDict

import torch
from torch import nn
from torch.nn import functional


class InPlaceByHand(nn.Module):
    """BGR inside, activations by hand, sums and products in place, one convolution called twice."""

    def __init__(self):
        super().__init__()
        self.register_buffer("mean", torch.tensor([104.0, 117.0, 123.0]).view(1, 3, 1, 1))
        self.first = nn.Conv2d(3, 8, 5, stride=2, padding=(2, 1))
        self.shared = nn.Conv2d(8, 8, 3, padding=1, bias=False)
        self.norm = nn.BatchNorm2d(8)
        self.last = nn.Linear(8, 5)

    def forward(self, x):
        x = x[:, [2, 1, 0]] * 255 - self.mean
        x = self.first(x).div_(100).relu_()
        y = self.norm(self.shared(x))
        y = y * torch.sigmoid(y)
        y = self.shared(y)
        y = y * functional.relu6(y + 3) / 6
        y += x
        y *= 0.5
        return self.last(torch.tanh(y).mean([2, 3]))


class Functional(nn.Module):
    """Everything by functions of parameters."""

    def __init__(self):
        super().__init__()
        self.weight = nn.Parameter(torch.zeros(6, 3, 3, 3))
        self.bias = nn.Parameter(torch.zeros(6))
        self.depthwise = nn.Parameter(torch.zeros(6, 1, 3, 3))
        self.head = nn.Parameter(torch.zeros(4, 6))

    def forward(self, x):
        x = functional.relu(functional.conv2d(x, self.weight, self.bias, stride=2, padding=1))
        x = functional.max_pool2d(x, 3, 2, ceil_mode=True)
        x = functional.leaky_relu(functional.conv2d(x, self.depthwise, None, 1, 2, 2, 6), 0.1)
        x = functional.avg_pool2d(x, 2)
        x = functional.dropout(x, 0.5, self.training)
        x = functional.adaptive_avg_pool2d(x, (1, 1)).view(x.size(0), -1)
        return functional.linear(x, self.head)


class OptionA(nn.Module):
    """The residual network of the CIFAR data sets with shortcuts without weights (He et al., 2016)."""

    def __init__(self):
        super().__init__()
        self.conv1 = nn.Conv2d(3, 8, 3, padding=1)
        self.conv2 = nn.Conv2d(8, 16, 3, stride=2, padding=1)
        self.conv3 = nn.Conv2d(16, 16, 3, padding=1)
        self.linear = nn.Linear(16, 10)

    def forward(self, x):
        x = functional.relu(self.conv1(x))
        y = self.conv3(functional.relu(self.conv2(x)))
        y += functional.pad(x[:, :, ::2, ::2], (0, 0, 0, 0, 4, 4), "constant", 0)
        y = functional.relu(y)
        return self.linear(functional.avg_pool2d(y, y.size()[3]).view(y.size(0), -1))


class AsksSizes(nn.Module):
    """Python asks numbers of the image, which torch.fx cannot follow; results in a dictionary."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.norm = nn.BatchNorm2d(8)
        self.pool = nn.MaxPool2d(2)
        self.second = nn.Conv2d(8, 8, 3, padding=1, groups=2)
        self.last = nn.Linear(8, 5)
        self.other = nn.Linear(8, 2)

    def forward(self, x):
        assert x.shape[1] == 3, f"three channels, not {x.shape[1]}"
        x = functional.relu(self.norm(self.first(x)), inplace=True)
        if x.shape[-1] > 7:
            x = self.pool(x)
        x = functional.gelu(self.second(x)).add(x)
        x = torch.flatten(functional.adaptive_avg_pool2d(x, 1), 1)
        return OrderedDict(auxiliary=self.other(x), logits=self.last(x))


class OwnSquash(nn.Module):
    """What it does between its convolutions is not known."""

    def __init__(self):
        super().__init__()
        self.first = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.second = nn.Conv2d(8, 8, 3, padding=1)
        self.third = nn.Conv2d(8, 8, 3, padding=1)

    def forward(self, x):
        x = torch.relu(self.second(torch.relu(self.first(x))))
        x = torch.cumsum(x, 1)
        return self.third(x).mean((2, 3))


class DependsOnNumbers(nn.Module):
    """Its way depends on the numbers of the image."""

    def __init__(self):
        super().__init__()
        self.conv = nn.Conv2d(3, 8, 3)

    def forward(self, x):
        x = self.conv(x)
        if x.mean() > 0:
            x = -x
        return x.mean((2, 3))


class Either(nn.Module):
    """A stem, then whatever is to be tried."""

    def __init__(self, tried):
        super().__init__()
        self.stem = nn.Conv2d(3, 8, 3, stride=2, padding=1)
        self.act = nn.ReLU()
        self.tried = tried

    def forward(self, x):
        return self.tried(self.act(self.stem(x))).mean((2, 3))


class By(nn.Module):
    """A function as a module."""

    def __init__(self, function):
        super().__init__()
        self.function = function

    def forward(self, x):
        return self.function(x)
