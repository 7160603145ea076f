"""Other people's networks: torchvision's models beside the CPU build of PyTorch, and lucent's InceptionV1."""

import torch

from highlow.networks.torchvision_library import torchvision_module
from highlow.pictures.lucent_library import lucent_module

models = torchvision_module("torchvision.models")
inception = torchvision_module("torchvision.models.inception")
lucent = lucent_module("modelzoo.inceptionv1.InceptionV1")


def random_model(name, seed=0, **options):
    """Return a torchvision model with random weights, batch statistics included, in evaluation mode.

    The weights keep the size of activations from layer to layer: with torchvision's own initialization the logits of
    a deep model hardly depend on the image.
    """
    torch.manual_seed(seed)
    model = getattr(models, name)(weights=None, **options)
    for module in model.modules():
        if isinstance(module, torch.nn.Conv2d | torch.nn.Linear):
            torch.nn.init.kaiming_normal_(module.weight, nonlinearity="relu")
        if isinstance(module, torch.nn.BatchNorm2d):
            torch.nn.init.uniform_(module.weight, 0.5, 1.5)
            torch.nn.init.normal_(module.bias, std=0.1)
            torch.nn.init.normal_(module.running_mean, std=0.1)
            torch.nn.init.uniform_(module.running_var, 0.5, 1.5)
    return model.eval().requires_grad_(False)
