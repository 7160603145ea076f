"""Configurations: text of a file, and values as Snakemake hands them over."""

import json
import math
import pickle

import yaml
from snakemake.common.configfile import load_configfile
from snakemake_interface_common.exceptions import WorkflowError

from highlow.networks import registry
from highlow.runs import config
from highlow.runs.errors import HighlowError
from tests.conftest import REPOSITORY
from tests.fuzz.mutations import mutated
from tests.fuzz.target import Target

SCHEMA = yaml.safe_load((REPOSITORY / "workflow/schemas/config.schema.yaml").read_text())
ENTRY = {
    "architecture": "vgg19",
    "layer": "conv3_1",
    "file": "weights.pth",
    "sha256": "0" * 64,
    "url": "https://host/w.pth",
}
SAMPLE = yaml.safe_dump(config.validated({"networks": {"mine": ENTRY}}, SCHEMA)).encode()
WORDS = [
    "",
    "planted",
    "auto",
    "$(touch canary)",
    "`touch canary`",
    "-rf",
    "a\nb",
    "\0",
    "\ud800",
    "é",
    "../x.pth",
    "null",
]
WORDS += [
    "1e999",
    "[",
    "{a: b}",
    "!!python/name:os.system",
    "2020-13-45",
    "x" * 5000,
    "w.pth",
    "file:///etc/passwd",
    "0" * 64,
]


def value(generator, depth=0):
    """Return any value that YAML can hold."""
    kinds = ["word", "int", "float", "bool", "none", *(["list", "map"] if depth < 5 else [])]
    kind = generator.choice(kinds)
    if kind == "list":
        return [value(generator, depth + 1) for _ in range(generator.randint(0, 4))]
    if kind == "map":
        keys = [*SCHEMA["properties"], *SCHEMA["properties"]["networks"]["additionalProperties"]["properties"], *WORDS]
        return {generator.choice(keys): value(generator, depth + 1) for _ in range(generator.randint(0, 4))}
    if kind == "int":
        return generator.choice((1, -1)) * generator.choice((0, 1, 3, 24, 100, 2**31, 2**64, 10**5000))
    if kind == "float":
        return generator.choice((0.0, -0.5, 3.0, 48.5, math.nan, math.inf, 1e308, 5e-324))
    return {"word": generator.choice(WORDS), "bool": generator.random() < 0.5, "none": None}[kind]


def given(generator):
    """Return a configuration of known keys with likely and unlikely values."""
    result = {}
    for name in generator.sample(list(SCHEMA["properties"]), generator.randint(0, 4)):
        item = SCHEMA["properties"][name]
        if "properties" in item and generator.random() < 0.7:
            result[name] = {key: value(generator) for key in generator.sample(list(item["properties"]), 1)}
        elif name == "networks" and generator.random() < 0.8:
            entry = dict(ENTRY)
            for key in generator.sample([*ENTRY, "naming", "title", "sources", "fingerprint", "generator", "x"], 2):
                entry[key] = value(generator)
            result[name] = {generator.choice(["mine", "vgg19", "mine_random", *WORDS]): entry}
        else:
            result[name] = value(generator)
    return result


def make_values(generator):
    return pickle.dumps(given(generator))  # holds what JSON does not: long numbers, halves of a surrogate pair


def make_text(generator):
    try:
        text = yaml.safe_dump(given(generator)).encode("utf-8", "surrogatepass") if generator.random() < 0.3 else SAMPLE
    except (yaml.YAMLError, ValueError):
        text = SAMPLE
    return mutated(generator, text, SAMPLE)


def check(found):
    """Check a configuration that was accepted, and the entries of its networks."""
    assert set(found) == set(SCHEMA["properties"])
    json.dumps(found, allow_nan=False)
    for name in found["networks"]:
        entry = registry.entry(name, found["networks"])
        assert (
            registry.from_json(registry.as_json(entry, "architecture", "layer", "files", "source")).files == entry.files
        )
        for item in entry.files:
            assert "/" not in item.file
            assert not item.url or item.has_hash
    return True


def read_values(path):
    return check(config.validated(pickle.loads(path.read_bytes()), SCHEMA))


def read_text(path):
    try:
        given = load_configfile(path)  # as Snakemake does; what it raises is its own
    except (WorkflowError, RecursionError, ValueError, yaml.YAMLError, AttributeError, TypeError) as error:
        raise HighlowError(f"Snakemake: {error}") from None
    return check(config.validated(given, SCHEMA))


TARGETS = (
    Target("config: values", "a.pickle", make_values, read_values),
    Target("config: text", "a.yaml", make_text, read_text),
)
