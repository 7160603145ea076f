"""`highlow networks`: which networks are known, and where their weights are."""

from typing import Annotated, Any
from urllib.parse import urlsplit

import typer

from highlow.commands import terminal
from highlow.commands.fetch import with_files
from highlow.commands.options import AsJson, WeightsDir, examples
from highlow.networks import registry, weight_files
from highlow.networks.registry import Entry, WeightFile
from highlow.reference import weight_parts

EXAMPLES = examples(
    ("highlow networks", "a line a network, sizes in MB"),
    ("highlow networks --weights-dir weights", "looks into that folder first"),
    ("highlow networks --torchvision", "and those of torchvision: takes some seconds"),
    ("highlow networks --json", "with titles, paths, addresses, sizes in bytes"),
)
HERE, SHIPPED, GENERATED, DOWNLOAD, BY_HAND, ASK = (
    *("here", "comes with the library", "generated", "to download", "no address", "torchvision's own"),
)


def command(
    torchvision: Annotated[
        bool, typer.Option("--torchvision", help="List torchvision's networks too, which takes some seconds.")
    ] = False,
    weights_dir: WeightsDir = "",
    as_json: AsJson = False,
) -> int:
    """List the known networks, which weight files are here, and where the others come from.

    Files are told by their names; `highlow fetch` checks what is in them. Controls of each network follow from its
    name: NAME_shuffled_space, NAME_shuffled_channels, NAME_shuffled_last, NAME_random.
    """

    def program() -> str:
        entries = list(registry.shipped().values())
        if torchvision:
            entries = [*map(with_files, entries), *(with_files(registry.entry(name)) for name in _of_torchvision())]
        rows = [row(entry, weights_dir) for entry in entries]
        if as_json:
            terminal.print_json(rows)
            return ""
        columns = [("network", "left"), ("weights", "left"), ("size", "right")]
        terminal.print_table(columns, [[item["network"], _shown(item), _size(item)] for item in rows])
        print("\nlooked into " + ", ".join(map(str, weight_files.folders(weights_dir or None))))
        if not torchvision:
            print("torchvision/NAME is any classification network of torchvision: --torchvision lists them")
        return ""

    return terminal.ended(program)


def row(entry: Entry, weights_dir: str) -> dict[str, Any]:
    """Return what there is to say of a network: name, title, layer, where its weights are, and their size in bytes."""
    name = entry.module if entry.name.startswith(registry.internal_name(registry.TORCHVISION)) else entry.name
    told: dict[str, Any] = {"network": name, "title": entry.title, "layer": entry.layer, "source": entry.source}
    there = weight_files.find(entry, weights_dir or None)
    if there:
        item, path = there
        state = SHIPPED if entry.embedded else HERE
        where = {"file": item.file, "path": str(path), "bytes": weight_files.size(item, path), "url": item.url}
    else:
        state = GENERATED if entry.generator else ASK if entry.module and not entry.files else BY_HAND
        wanted = next((item for item in entry.files if item.url), entry.files[0] if entry.files else None)
        state = DOWNLOAD if wanted and wanted.url else state
        where = {"file": "", "path": "", "bytes": None, "url": ""}
        where |= {"file": wanted.file, "bytes": _known_size(entry, wanted), "url": wanted.url} if wanted else {}
    return told | {"weights": state} | {key: value or None for key, value in where.items()}


def _known_size(entry: Entry, item: WeightFile) -> int | None:
    """Return the bytes of a file that is not here, where they are registered, or torchvision says them."""
    if item.parts:
        return sum(part.size for part in weight_parts(item.parts))
    if not entry.module.startswith(registry.TORCHVISION):
        return None
    from highlow.networks.torchvision_library import torchvision_module  # brings PyTorch

    models = torchvision_module("torchvision.models")
    weights = next(iter(models.get_model_weights(entry.module.removeprefix(registry.TORCHVISION))))
    size: float = weights.meta["_file_size"]
    return round(size * 2**20)  # it says MiB, rounded to a thousandth


def _shown(item: dict[str, Any]) -> str:
    state, file = item["weights"], item["file"]
    if state == HERE:
        return f"{state}: {file}"
    if state == DOWNLOAD:
        return f"{state} from {urlsplit(item['url']).hostname}"
    if state == BY_HAND:
        return f"{state}: put {file} into a folder"
    return f"{state}: see --torchvision" if state == ASK else str(state)


def _size(item: dict[str, Any]) -> str:
    unknown = item["bytes"] is None and item["weights"] != GENERATED
    return "not known" if unknown else terminal.megabytes(item["bytes"])


def _of_torchvision() -> list[str]:
    from highlow.networks.torchvision_library import torchvision_module

    models = torchvision_module("torchvision.models")
    return [f"{registry.TORCHVISION}{name}" for name in models.list_models(module=models)]
