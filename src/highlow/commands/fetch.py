"""`highlow fetch`: a network's weights, downloaded and checked."""

from typing import Any

from highlow.commands import terminal
from highlow.commands.options import AsJson, NetworkName, WeightsDir, examples
from highlow.networks import registry, weight_files
from highlow.networks.registry import Entry

EXAMPLES = examples(
    ("highlow fetch inceptionv1_2015", "28 MB into the user's cache, each of 116 files checked"),
    ("highlow fetch torchvision/vgg19", "the weights that torchvision names"),
    ("highlow fetch googlenet --weights-dir weights", "finds and checks a file that is there already"),
)


def command(network: NetworkName, weights_dir: WeightsDir = "", as_json: AsJson = False) -> int:
    """Download a network's weights into the user's cache, and check them.

    A file that is here already is only checked: against the registered hash, or, where none is published, later
    against the ranges of its tensors. A download that was cut is continued. $HIGHLOW_OFFLINE forbids downloads.
    """

    def program() -> str:
        answer = found(with_files(registry.entry(network)), weights_dir)
        if as_json:
            terminal.print_json(answer)
            return ""
        if answer["path"]:
            print(answer["path"])
        size = f" ({terminal.megabytes(answer['bytes'])})" if answer["bytes"] else ""
        return f"{network}: {answer['checked']}{size}"

    return terminal.ended(program)


def with_files(entry: Entry) -> Entry:
    """Return an entry with its weight files; those of torchvision's networks only torchvision knows."""
    if not entry.module:
        return entry
    from highlow.networks.importing import description  # brings PyTorch

    return description.complete(entry)


def found(entry: Entry, weights_dir: str) -> dict[str, Any]:
    """Return where a network's weights are, downloaded if need be, and what showed that they are the right ones."""
    if entry.generator:
        checked = "is generated from a seed, there is nothing to fetch"
        return {"network": entry.name, "path": None, "bytes": None, "checked": checked}
    item, path = weight_files.locate(entry, weights_dir or None)
    if item.has_hash:
        checked = f"has the registered {weight_files.check_hash(item, path)}"
    else:
        checked = "is here; it has no registered hash and is compared with published ranges when it is read"
    return {"network": entry.name, "path": str(path), "bytes": weight_files.size(item, path), "checked": checked}
