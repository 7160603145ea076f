"""What is studied of a layer where nobody says: the branch, the earlier layer that factors are over, the units.

One rule for the configuration, for Python and for the scan. Imports neither torch nor numpy: the Snakefile uses it.
"""

from collections.abc import Iterable

from highlow.networks.graph import WHOLE_IMAGE, Architecture, Node
from highlow.runs.errors import HighlowError, nearest

USUAL_BRANCH = "3x3"  # where the article's detectors are


def branch(architecture: Architecture, layer: str, wanted: str = "") -> str:
    """Return the branch of a layer whose weights are factorized.

    The wanted one if the layer has it, else `3x3`, else the first that sees more than one position, else the first. A
    layer without branches is its own.
    """
    node = architecture.node(layer)
    if node.op != "concat":
        return node.name
    known = [name for name in (wanted, USUAL_BRANCH) if name in node.branches]
    seeing = [name for name in node.branches if has_taps(architecture, architecture.branch_node(layer, name))]
    return (*known, *seeing, *node.branches)[0]


def has_taps(architecture: Architecture, node: Node) -> bool:
    """Return whether a node sees, through nodes without a nonlinearity, more than one position of those before it."""
    if node.op in (*WHOLE_IMAGE, "adaptive_pool"):
        return False
    if node.taps:
        return True
    before = [architecture.by_name[name] for name in (node.inputs[:1] if node.op == "gate" else node.inputs)]
    linear = [item for item in before if not item.activation and item.op not in ("input", "max_pool", "avg_pool")]
    return any(has_taps(architecture, item) for item in linear)


def sources(architecture: Architecture, node: str) -> list[str]:
    """Return the layers that the factors of a node's units may be over, the first choice first.

    The layer before its block, as in the article (weights are expanded through the block's bottleneck); then the
    bottleneck itself, or whatever else the convolution with taps reads that the node is, or that it adds to others.
    None where it reads the image.
    """
    found = (*architecture.layers_before(node), _read_by(architecture, architecture.node(node)))
    return [name for name in dict.fromkeys(found) if architecture.by_name[name].op != "input"]


def _read_by(architecture: Architecture, node: Node) -> str:
    """Return what the nearest convolution with taps reads, before it is normalized; without one the node's input."""
    before = [architecture.by_name[name] for name in node.inputs]
    if not node.taps:
        for item in reversed(before):  # dense blocks put the newest last
            if not item.activation and has_taps(architecture, item):
                return _read_by(architecture, item)
    source = before[0]
    while source.op == "local_response_norm":
        source = architecture.by_name[source.inputs[0]]
    return source.name


def source(architecture: Architecture, layer: str, chosen_branch: str) -> str:
    """Return the layer that the factors of a branch are over where none is registered: the first of `sources`.

    Raises
    ------
    HighlowError
        If the branch reads the image.
    """
    found = sources(architecture, architecture.branch_node(layer, chosen_branch).name)
    if not found:
        raise HighlowError(
            f"layer {layer!r} of {architecture.name!r} reads the image: it has no earlier layer to factorize over"
        )
    return found[0]


def checked_branch(architecture: Architecture, layer: str, wanted: str) -> str:
    """Return a branch that a user named.

    Raises
    ------
    HighlowError
        If the layer has no such branch.
    """
    known = list(dict.fromkeys(architecture.branch_of_unit(layer)))
    if wanted not in known:
        raise HighlowError(
            f"layer {layer!r} of {architecture.name!r} has no branch {wanted!r}; {nearest(wanted, known)}"
        )
    return wanted


def checked_units(architecture: Architecture, layer: str, units: Iterable[int]) -> list[int]:
    """Return units that a user named.

    Raises
    ------
    HighlowError
        If there are none, or the layer does not have one of them.
    """
    chosen, count = list(units), architecture.node(layer).channels
    if not chosen:
        raise HighlowError(f"no unit of layer {layer!r} is named; its units are 0 to {count - 1}")
    for unit in chosen:
        if not 0 <= unit < count:
            raise HighlowError(
                f"layer {layer!r} of {architecture.name!r} has no unit {unit}; its units are 0 to {count - 1}"
            )
    return chosen
