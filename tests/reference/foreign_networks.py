"""Networks of other libraries with random weights, as anybody's module that may be imported."""

import torch
from torch import nn

from highlow.networks.graph import Preprocessing
from highlow.networks.importing.importer import imported
from highlow.pictures.lucent_library import torchvision_module

models = torchvision_module("torchvision.models")
IMAGENET = Preprocessing((1 / 0.229, 1 / 0.224, 1 / 0.225), (0.485 / 0.229, 0.456 / 0.224, 0.406 / 0.225))
# Beyond this many inputs a classifier's layers are made narrow: its weights would be most of the test's time.
WIDE = 4096
NARROW = 24


def torchvision_model(name, gain=1.0, **options):
    """Return torchvision's model of a name, in evaluation mode, with random numbers everywhere."""
    if name in ("googlenet", "inception_v3"):
        options = {"aux_logits": False, "init_weights": False, **options}
    if name.startswith("regnet"):  # asks its own numbers while it is made
        return randomized(models.get_model(name, weights=None, **options), gain)
    with torch.device("meta"):
        model = models.get_model(name, weights=None, **options)
        _narrow(model)
    return randomized(model.to_empty(device="cpu"), gain)


def timm_model(name, gain=1.0, **options):
    """Return timm's model of a name, likewise."""
    import timm

    return randomized(timm.create_model(name, pretrained=False, **options), gain)


def randomized(model, gain=1.0):
    """Give a module random weights and random batch statistics that keep the size of activations.

    With the libraries' own initialization the logits of a deep model hardly depend on the image. With a gain of 1 deep
    networks of residual blocks with gates amplify what rounding changes, up to all there is; a smaller one prevents it.
    """
    generator = torch.Generator().manual_seed(0)
    for module in model.modules():
        if isinstance(module, nn.Conv2d | nn.Linear):
            spread = gain * (2 / module.weight[0].numel()) ** 0.5
            module.weight.data.normal_(std=spread, generator=generator)
            if module.bias is not None:
                module.bias.data.normal_(std=0.1, generator=generator)
            continue
        for name, values in (*module.named_parameters(recurse=False), *module.named_buffers(recurse=False)):
            if name in ("weight", "running_var", "layer_scale", "gamma"):
                values.data.uniform_(0.5, 1.5, generator=generator)
            elif values.is_floating_point():
                values.data.normal_(std=0.1, generator=generator)
            else:
                values.data.zero_()
    return model.eval().requires_grad_(False)


def graph_of(module, **options):
    """Return a module's graph and weights as the importer gives them."""
    return imported(module, IMAGENET, **options)


def activations(module, images, paths):
    """Return a module's output for images, and what its parts of the given paths give, as they are read afterwards.

    What a later part changes in place is returned changed.
    """
    found = {}
    handles = [
        module.get_submodule(path).register_forward_hook(lambda _, __, value, path=path: found.update({path: value}))
        for path in paths
    ]
    with torch.inference_mode():
        result = module(images)
    for handle in handles:
        handle.remove()
    return result, found


def _narrow(model):
    for parent in model.modules():
        linear = [(name, part) for name, part in parent.named_children() if isinstance(part, nn.Linear)]
        if any(part.in_features > WIDE or part.out_features >= WIDE for _, part in linear):
            for index, (name, part) in enumerate(linear):
                inputs = part.in_features if index == 0 else NARROW
                setattr(parent, name, nn.Linear(inputs, NARROW))
