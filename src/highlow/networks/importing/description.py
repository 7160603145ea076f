"""What only a module's code knows of its network: its graph; of torchvision's also address, hash and preprocessing."""

import re
from dataclasses import replace
from typing import Any
from urllib.parse import urlsplit

from torch import nn

from highlow.networks import readers
from highlow.networks.extracted import Extracted
from highlow.networks.importing.building import build, with_state
from highlow.networks.importing.importer import imported
from highlow.networks.importing.preprocessing import preprocessing
from highlow.networks.module_files import code_file, own_weights
from highlow.networks.registry import TORCHVISION, Entry, WeightFile
from highlow.networks.torchvision_library import torchvision_module
from highlow.networks.weight_files import check_hash, locate
from highlow.networks.weights import Origin
from highlow.runs.errors import HighlowError
from highlow.storage.checksums import sha256

USUAL_SIZE = 224


def complete(entry: Entry) -> Entry:
    """Return the entry of a module with its weight file, preprocessing and size; another entry as it is.

    torchvision's weights enumeration has these; the first of its weights is taken, `IMAGENET1K_V1` nearly everywhere.
    """
    if not entry.module.startswith(TORCHVISION) or entry.files:
        return entry
    models = torchvision_module("torchvision.models")
    build_name = entry.module.removeprefix(TORCHVISION)
    if build_name not in models.list_models(module=models):
        build(entry)  # says so, with the nearest name
    weights = next(iter(models.get_model_weights(build_name)))
    settings = weights.transforms()
    file = urlsplit(weights.url).path.rsplit("/", 1)[-1]
    digits = re.search(r"-([0-9a-f]{8,64})\.", file)  # the first digits of the hash are in the name
    if not digits:
        raise HighlowError(f"network {entry.name!r}: torchvision names no hash in {file!r}")
    return replace(
        entry,
        files=(WeightFile(file, sha256=digits[1], url=weights.url),),
        mean=tuple(settings.mean),
        std=tuple(settings.std),
        size=settings.crop_size[0],
    )


def graph_of(entry: Entry) -> Extracted:
    """Return the graph of a completed entry's module, with whatever weights it has before a file is read."""
    return _imported(entry, build(entry))


def extract(entry: Entry, weights_dir: Any = None) -> tuple[Extracted, Origin]:
    """Return a module's network with the weights of its file, or those that its code gives it, and where they are from.

    Raises
    ------
    HighlowError
        If the module cannot be built or imported, or its file is missing, damaged or another network's.
    """
    entry = complete(entry)
    module = build(entry)
    if entry.files:
        item, path = locate(entry, weights_dir)
        origin = Origin(item.file, sha256(path), check_hash(item, path))
    elif entry.weights:
        path = own_weights(entry, weights_dir)
        origin = Origin(path.name, sha256(path), "name in the configuration")
    else:
        source = code_file(entry.module)
        origin = Origin(source.name if source else entry.module, sha256(source) if source else "", "module's own code")
        return _imported(entry, module), origin
    return _imported(entry, with_state(module, readers.tensors(path), path)), origin


def _imported(entry: Entry, module: nn.Module) -> Extracted:
    return imported(
        module,
        preprocessing(module, entry.mean or None, entry.std or None),
        name=entry.name,
        size=entry.size or USUAL_SIZE,
        until=entry.until,
    )
