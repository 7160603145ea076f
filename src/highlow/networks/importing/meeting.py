"""Blocks of a module that is written in one piece: where paths that part meet again.

Most code has a module a block, whose name says so. A function that writes a whole network down has none; there the
paths tell: from a layer several lead to a concatenation or a sum, and all that lies between is its block.
"""

from collections.abc import Mapping
from dataclasses import replace

from highlow.networks.graph import Node

# Convolutions on a path of a block: five in Inception V3's longest branch. A longer one is a connection across stages.
LONGEST_PATH = 5


def with_blocks(nodes: Mapping[str, Node]) -> dict[str, Node]:
    """Return nodes with a block, named after its last node, wherever paths meet and no module is a block already.

    Parameters
    ----------
    nodes : mapping of Node
        By name, in the order in which they are computed; `block` is a layer's own path, or empty, outside of blocks.
    """
    found = dict(nodes)
    sizes: dict[str, int] = {}
    for node in nodes.values():
        sizes[node.block or node.name] = sizes.get(node.block or node.name, 0) + (node.op == "conv")
    for node in nodes.values():
        if node.op not in ("concat", "add") or sizes[node.block or node.name] > 1:
            continue
        inside = _between(nodes, node)
        if inside and all(sizes[nodes[name].block or name] <= 1 for name in inside):
            found |= {name: replace(found[name], block=node.name) for name in inside}
            found[node.name] = replace(found[node.name], block="")
    return found


def _between(nodes: Mapping[str, Node], last: Node) -> set[str]:
    """Return the nodes between one where paths meet and the layer that all of them come from; none if they are long."""
    paths = [_path(nodes, name) for name in last.inputs]
    if any(not path for path in paths):
        return set()
    common = set(paths[0]).intersection(*paths[1:])
    start = next((name for name in paths[0] if name in common), "")
    if not start or nodes[start].op == "input":
        return set()
    inner = [path[: path.index(start)] for path in paths]
    if any(sum(nodes[name].op == "conv" for name in path) > LONGEST_PATH for path in inner):
        return set()
    inside = set().union(*inner)
    return inside if any(nodes[name].op == "conv" for name in inside) else set()


def _path(nodes: Mapping[str, Node], name: str) -> list[str]:
    """Return a node and those before it along their first inputs, the image last."""
    path = [name]
    while nodes[path[-1]].inputs:
        path.append(nodes[path[-1]].inputs[0])
    return path
