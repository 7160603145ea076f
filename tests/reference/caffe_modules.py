"""Networks whose weights lie beside the project, as plain modules that know nothing of it, up to the studied layers.

Each takes RGB images in [0, 1] and does its own preprocessing.
"""

import torch
from torch import nn
from torch.nn import functional

CAFFE_MEAN, KERAS_MEAN = (104.0, 117.0, 123.0), (103.939, 116.779, 123.68)


class BlueFirst(nn.Module):
    """Caffe's and Keras's preprocessing."""

    def __init__(self, mean):
        super().__init__()
        self.register_buffer("mean", torch.tensor(mean).view(1, 3, 1, 1))

    def forward(self, x):
        return x[:, [2, 1, 0]] * 255 - self.mean


class Inception(nn.Module):
    """mixed3a of GoogLeNet."""

    def __init__(self):
        super().__init__()
        self.one = nn.Conv2d(192, 64, 1)
        self.three_reduce, self.three = nn.Conv2d(192, 96, 1), nn.Conv2d(96, 128, 3, padding=1)
        self.five_reduce, self.five = nn.Conv2d(192, 16, 1), nn.Conv2d(16, 32, 5, padding=2)
        self.pool, self.pool_reduce = nn.MaxPool2d(3, 1, padding=1), nn.Conv2d(192, 32, 1)

    def forward(self, x):
        relu = functional.relu
        three = relu(self.three(relu(self.three_reduce(x))))
        five = relu(self.five(relu(self.five_reduce(x))))
        return torch.cat([relu(self.one(x)), three, five, relu(self.pool_reduce(self.pool(x)))], 1)


class GoogLeNet(nn.Module):
    """The Caffe model's first four blocks."""

    def __init__(self):
        super().__init__()
        self.input = BlueFirst(CAFFE_MEAN)
        self.conv1 = nn.Conv2d(3, 64, 7, stride=2, padding=3)
        self.reduce, self.conv2 = nn.Conv2d(64, 64, 1), nn.Conv2d(64, 192, 3, padding=1)
        self.pool1 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.pool2 = nn.MaxPool2d(3, 2, ceil_mode=True)
        self.norm = nn.LocalResponseNorm(5, 1e-4, 0.75, 1.0)
        self.inception3a = Inception()

    def forward(self, x):
        x = self.norm(self.pool1(functional.relu(self.conv1(self.input(x)))))
        x = functional.relu(self.conv2(functional.relu(self.reduce(x))))
        return self.inception3a(self.pool2(self.norm(x)))


class Fire(nn.Module):
    """A block of SqueezeNet."""

    def __init__(self, inputs, squeezed, channels):
        super().__init__()
        self.squeeze = nn.Conv2d(inputs, squeezed, 1)
        self.one, self.three = nn.Conv2d(squeezed, channels, 1), nn.Conv2d(squeezed, channels, 3, padding=1)

    def forward(self, x):
        x = self.squeeze(x).relu()
        return torch.cat([self.one(x).relu_(), self.three(x).relu_()], dim=1)


def squeezenet():
    """Return SqueezeNet 1.1 up to fire3."""
    return nn.Sequential(
        BlueFirst(CAFFE_MEAN),
        *(nn.Conv2d(3, 64, 3, stride=2), nn.ReLU(), nn.MaxPool2d(3, 2, ceil_mode=True)),
        *(Fire(64, 16, 64), Fire(128, 16, 64)),
    )


def vgg():
    """Return VGG-19 up to its third block."""
    parts, inputs = [BlueFirst(KERAS_MEAN)], 3
    for channels in (64, 64, None, 128, 128, None, 256, 256):
        if channels is None:
            parts.append(nn.MaxPool2d(2))
        else:
            parts += [nn.Conv2d(inputs, channels, 3, padding=1), nn.ReLU(inplace=True)]
            inputs = channels
    return nn.Sequential(*parts)


def with_weights(module, weights, names):
    """Put named weights into the convolutions of a module, in the order in which it names them."""
    convolutions = [part for part in module.modules() if isinstance(part, nn.Conv2d)]
    for part, name in zip(convolutions, names, strict=True):
        part.weight.data, part.bias.data = (values.clone() for values in weights[name])
    return module.eval()
