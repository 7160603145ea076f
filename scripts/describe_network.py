"""Describe a module's network: its graph, and torchvision's address, hash and preprocessing of its weights."""

import argparse
import sys
from dataclasses import asdict
from pathlib import Path

from highlow.networks import graph_json, registry
from highlow.networks.importing import description
from highlow.runs.command_line import script
from highlow.runs.options import json_argument, option
from highlow.storage import checksums


def program(options: argparse.Namespace) -> str:
    entry = description.complete(registry.from_json(options.entry))
    graph = description.graph_of(entry).architecture
    Path(options.output).parent.mkdir(parents=True, exist_ok=True)
    checksums.write_json(options.output, {"entry": asdict(entry), "graph": graph_json.to_json(graph)})
    return f"{entry.name}: {len(graph.nodes)} nodes in {len(graph.blocks)} blocks -> {options.output}"


main = script(
    __doc__,
    program,
    example='describe_network.py --entry \'{"name": "mine", "module": "mine.py:build"}\' --output mine.json',
    options=[
        option("--entry", "a registry entry with a module, as JSON", type=json_argument),
        option("--output", "JSON file to write"),
    ],
)

if __name__ == "__main__":
    sys.exit(main())
