"""Graphs as JSON: what comes back, and what is refused."""

import json

import pytest

from highlow.networks import graph_json
from highlow.networks.architectures import DEFINITIONS, architecture
from highlow.runs.errors import HighlowError


@pytest.mark.parametrize("name", DEFINITIONS)
def test_a_graph_comes_back_as_it_was(name):
    built = architecture(name)
    text = json.dumps(graph_json.to_json(built))
    assert graph_json.from_json(json.loads(text)) == built


def changed(path, value):
    values = json.loads(json.dumps(graph_json.to_json(architecture("squeezenet1_1"))))
    inner = values
    for key in path[:-1]:
        inner = inner[key]
    inner[path[-1]] = value
    return values


@pytest.mark.parametrize(
    "path,value",
    [
        (("nodes", 1, "op"), "run"),
        (("nodes", 1, "name"), "image"),
        (("nodes", 3, "inputs"), ["pool10"]),  # computed later
        (("nodes", 3, "inputs"), []),
        (("nodes", 3, "channels"), -1),
        (("nodes", 3, "channels"), "many"),
        (("nodes", 1, "window", "kernel"), 1 << 40),
        (("nodes", 1, "window", "stride"), 0),
        (("nodes", 1, "window", "padding"), [1, -1]),
        (("nodes", 1, "window", "padding"), "other"),
        (("nodes", 1, "surprise"), 1),
        (("nodes",), None),
        (("nodes",), [1]),
        (("preprocessing",), 4),
        (("aliases",), 7),
    ],
)
def test_what_is_no_graph_is_refused_in_one_line(path, value):
    with pytest.raises(HighlowError, match="is not what it should be") as caught:
        graph_json.from_json(changed(path, value))
    assert "\n" not in str(caught.value)


def test_an_empty_file_holds_no_graph():
    with pytest.raises(HighlowError, match="is not what it should be"):
        graph_json.from_json({})
