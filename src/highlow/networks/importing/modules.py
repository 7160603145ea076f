"""PyTorch's own modules as the calls of functions that they are."""

from collections.abc import Callable
from dataclasses import replace
from typing import Any

from torch import nn
from torch.nn.utils.parametrize import is_parametrized

from highlow.networks.importing.drafts import Unsupported
from highlow.networks.importing.tracing import Call

IDENTITIES = ("Identity", "Dropout", "Dropout2d", "Dropout1d", "AlphaDropout", "FeatureAlphaDropout", "DropPath")


def _conv(m: Any) -> tuple[str, list[Any]]:
    if m.padding_mode != "zeros":
        raise Unsupported(f"with {m.padding_mode} padding")
    return "conv2d", [m.weight, m.bias, m.stride, m.padding, m.dilation, m.groups]


def _same_conv(m: Any) -> tuple[str, list[Any]]:
    return "conv2d", [m.weight, m.bias, m.stride, "tensorflow", m.dilation, m.groups]


def _batch_norm(m: Any) -> tuple[str, list[Any]]:
    return "batch_norm", [m.running_mean, m.running_var, m.weight, m.bias, False, 0.0, m.eps]


def _max_pool(m: Any) -> tuple[str, list[Any]]:
    return "max_pool2d", [m.kernel_size, m.stride, m.padding, m.dilation, m.ceil_mode]


def _avg_pool(m: Any) -> tuple[str, list[Any]]:
    return "avg_pool2d", [
        m.kernel_size, m.stride, m.padding, m.ceil_mode, m.count_include_pad, m.divisor_override
    ]  # fmt: skip


FUNCTIONS: dict[str, Callable[[Any], tuple[str, list[Any]]]] = {
    "Conv2d": _conv,
    "Conv2dSame": _same_conv,
    "BatchNorm2d": _batch_norm,
    "BatchNorm1d": _batch_norm,
    "MaxPool2d": _max_pool,
    "MaxPool2dSame": lambda m: ("max_pool2d", [m.kernel_size, m.stride, "tensorflow", m.dilation, m.ceil_mode]),
    "AvgPool2d": _avg_pool,
    "AvgPool2dSame": lambda m: ("avg_pool2d", [m.kernel_size, m.stride, "tensorflow", m.ceil_mode, False]),
    "AdaptiveAvgPool2d": lambda m: ("adaptive_avg_pool2d", [m.output_size]),
    "Linear": lambda m: ("linear", [m.weight, m.bias]),
    "LayerNorm": lambda m: ("layer_norm", [m.normalized_shape, m.weight, m.bias, m.eps]),
    "LocalResponseNorm": lambda m: ("local_response_norm", [m.size, m.alpha, m.beta, m.k]),
    "Flatten": lambda m: ("flatten", [m.start_dim, m.end_dim]),
    "ZeroPad2d": lambda m: ("pad", [list(m.padding)]),
    "ReLU": lambda m: ("relu", []),
    "ReLU6": lambda m: ("relu6", []),
    "LeakyReLU": lambda m: ("leaky_relu", [m.negative_slope]),
    "ELU": lambda m: ("elu", [m.alpha]),
    "SELU": lambda m: ("selu", []),
    "CELU": lambda m: ("celu", [m.alpha]),
    "SiLU": lambda m: ("silu", []),
    "GELU": lambda m: ("gelu", [m.approximate]),
    "Hardswish": lambda m: ("hardswish", []),
    "Hardsigmoid": lambda m: ("hardsigmoid", []),
    "Mish": lambda m: ("mish", []),
    "Sigmoid": lambda m: ("sigmoid", []),
    "Tanh": lambda m: ("tanh", []),
    "Hardtanh": lambda m: ("hardtanh", [m.min_val, m.max_val]),
    "Softplus": lambda m: ("softplus", []),
    "Softmax": lambda m: ("softmax", [m.dim]),
    "LogSoftmax": lambda m: ("log_softmax", [m.dim]),
}


def calls_of(call: Call) -> list[Call]:
    """Return the calls of functions that the call of a module stands for; each has the result of the one before.

    Raises
    ------
    Unsupported
        If the module is unknown.
    """
    module, *inputs = call.arguments
    # Weights with a norm of their own (torch.nn.utils.parametrizations) make a class of the module's class.
    own_class = type(module).__mro__[1] if is_parametrized(module) else type(module)
    kind = own_class.__name__
    if kind in IDENTITIES:
        return [replace(call, operation="contiguous", arguments=inputs)]
    if kind == "BatchNormAct2d":  # timm: the norm, then modules
        parts = [part for part in (module.drop, module.act) if type(part).__name__ not in IDENTITIES]
        own = [replace(call, operation="batch_norm", arguments=[*inputs, *_batch_norm(module)[1]])]
        return own + [step for part in parts for step in calls_of(replace(call, arguments=[part]))]
    if kind not in FUNCTIONS or not isinstance(module, nn.Module):
        raise Unsupported("")
    operation, arguments = FUNCTIONS[kind](module)
    return [replace(call, operation=operation, arguments=[*inputs, *arguments])]
