"""Names that a user of the module recognizes: of layers, of branches, and of the blocks that depth is counted in."""

from collections.abc import Iterable, Mapping
from dataclasses import replace

from torch import nn

from highlow.networks.graph import Node

CONTAINERS = (nn.Sequential, nn.ModuleList, nn.ModuleDict)
# A module of the user's own with one convolution (with its norm and its rectifier) is no block of several.
SEVERAL = 2
# A chain of so many layers is a network, or a stage of one, and no block.
LONGEST_CHAIN = 3


def layer_names(
    nodes: Mapping[str, Node], born_of_function: Iterable[str], inside: Mapping[str, str]
) -> dict[str, str]:
    """Return new names of nodes that only functions made: the deepest module whose result they are.

    Parameters
    ----------
    nodes : mapping of Node
        By name.
    born_of_function : iterable of str
        Nodes that no module of PyTorch's own gave its name to.
    inside : mapping
        The last node inside a module, by the module's path.
    """
    born = set(born_of_function)
    names: dict[str, str] = {}
    for path in sorted(filter(None, inside), key=lambda path: (-path.count("."), path)):
        node = inside[path]
        if node in born and node in nodes and node not in names and path not in nodes:
            names[node] = path
    return names


def renamed(nodes: Mapping[str, Node], names: Mapping[str, str]) -> dict[str, Node]:
    """Return nodes under other names."""
    return {
        names.get(name, name): replace(
            node,
            name=names.get(name, name),
            inputs=tuple(names.get(item, item) for item in node.inputs),
            branches=tuple(names.get(item, item) for item in node.branches),
        )
        for name, node in nodes.items()
    }


def block_of(path: str, blocks: Iterable[str]) -> str:
    """Return the block that a module path lies in, or an empty string."""
    return next((block for block in blocks if path == block or path.startswith(f"{block}.")), "")


def block_paths(module: nn.Module, branching: Iterable[str]) -> list[str]:
    """Return the paths of a module's blocks.

    A block is a convolution or a linear layer by itself, or a module of a class of the user's (or of a library's) that
    holds several of them, and no other block. Containers are no blocks, and neither is a long chain of layers.

    Parameters
    ----------
    module : torch.nn.Module
        The whole network.
    branching : iterable of str
        Paths of the modules inside which paths of the computation meet.
    """
    meeting = set(branching)
    kinds = {type(part) for path, part in module.named_modules() if path in meeting}
    found: list[str] = []

    def visit(part: nn.Module, path: str) -> None:
        if _is_layer(part) or (path and not isinstance(part, CONTAINERS) and _is_block(part, kinds)):
            found.append(path)
        else:
            for name, child in part.named_children():
                visit(child, f"{path}.{name}" if path else name)

    visit(module, "")
    return found


def _is_layer(part: nn.Module) -> bool:
    return isinstance(part, nn.Conv2d | nn.Linear)


def _has_taps(part: nn.Module) -> bool:
    """Return whether a module sees more than one position: what makes gates does not."""
    return any(isinstance(item, nn.Conv2d) and max(item.kernel_size) > 1 for item in part.modules())


def _layers(part: nn.Module) -> int:
    return sum(map(_is_layer, part.modules()))


def _is_block(part: nn.Module, branching: set[type]) -> bool:
    inner = [item for item in part.modules() if item is not part and not isinstance(item, CONTAINERS)]
    if any(not _is_layer(item) and _layers(item) >= SEVERAL and _has_taps(item) for item in inner):
        return False
    return _layers(part) > 0 and (type(part) in branching or _layers(part) <= LONGEST_CHAIN)


def branch_names(node: Node, paths: Mapping[str, str], block: str) -> tuple[str, ...]:
    """Return the name of each input of a concatenation as a branch: the module in the block that it comes from.

    Parameters
    ----------
    node : Node
        The concatenation.
    paths : mapping
        Module path by node name.
    block : str
        Path of the block that the concatenation is in.
    """
    found = []
    for source in node.inputs:
        path = paths.get(source, source)
        inner = path.removeprefix(f"{block}.") if block and path.startswith(f"{block}.") else ""
        found.append(inner.split(".")[0] or source)
    return tuple(found) if len(set(found)) == len(found) else tuple(_numbered(node.inputs))


def _numbered(names: Iterable[str]) -> list[str]:
    """Return names, those that come again with a number."""
    seen: dict[str, int] = {}
    found = []
    for name in names:
        seen[name] = seen.get(name, 0) + 1
        found.append(name if seen[name] == 1 else f"{name}_{seen[name]}")
    return found
