"""Configurations that are made to do harm, as Snakemake hands them over."""

import datetime
import os
import time
from functools import partial
from pathlib import Path

import pytest
import yaml
from snakemake.common.configfile import load_configfile
from snakemake_interface_common.exceptions import WorkflowError

from highlow.networks import registry, weight_files
from highlow.runs import config
from highlow.runs.errors import HighlowError, one_line
from tests.conftest import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "workflow/schemas/config.schema.yaml").read_text())
ENTRY = {"architecture": "planted", "layer": "mixed3a", "generator": "planted"}
FILE = {"architecture": "vgg19", "layer": "conv3_1", "file": "weights.pth", "sha256": "0" * 64}


def refusal(given):
    """Return the message that a configuration is refused with."""
    with pytest.raises(HighlowError) as caught:
        config.validated(given, SCHEMA)
    message = str(caught.value)
    assert message == one_line(message)
    assert len(message) < 2000
    return message


def bomb(levels=12, width=9):
    """Return YAML of a few lines that stands for width ** levels values."""
    lines = ["units:", f" - &a0 [{', '.join('1' * width)}]"]
    lines += [f" - &a{level} [{', '.join([f'*a{level - 1}'] * width)}]" for level in range(1, levels)]
    return "\n".join(lines)


def mapping_bomb(levels=12, width=9):
    inner = {}
    for _ in range(levels):
        inner = dict.fromkeys(map(str, range(width)), inner)
    return {"networks": inner}


def circle():
    result = {"units": []}
    result["units"].append(result["units"])
    return result


def mapping_circle():
    result = {"networks": {}}
    result["networks"]["mine"] = result["networks"]
    return result


@pytest.mark.parametrize(
    "make",
    [
        lambda: yaml.safe_load(bomb()),
        mapping_bomb,
        circle,
        mapping_circle,
        lambda: {"units": list(range(10_000))},
        lambda: {"networks": {f"n{number}": ENTRY for number in range(3000)}},
        lambda: {"units": [[[[1]]]]},
    ],
    ids=["lists", "mappings", "circle", "circle of mappings", "long", "many", "deep"],
)
def test_what_is_too_large_to_be_a_configuration_is_refused_at_once(make):
    given = make()
    start = time.process_time()
    refusal(given)
    assert time.process_time() - start < 1


@pytest.mark.parametrize(
    "given,message",
    [
        ({"seed": float("nan")}, "config key seed: nan is not a finite number"),
        ({"stimuli": {"pattern_size": float("inf")}}, "config key stimuli.pattern_size: inf is not a finite number"),
        ({"stimuli": {"pattern_size": ".nan"}}, "config key stimuli.pattern_size: nan is not a finite number"),
        ({"seed": 10**5000}, "a number of 16610 bits"),
        ({"seed": 2**40}, "config key seed: 1099511627776 is greater than the maximum of 4294967295"),
        ({"dataset_examples": {"shards": 10**9}}, "greater than the maximum"),
        ({"controls": {"draws": 10**9}}, "greater than the maximum"),
        ({"seed": True}, "True is not of type 'integer'"),
        ({"seed": None}, "None is not of type 'integer'"),
        ({"seed": datetime.date(2020, 1, 1)}, "date is no kind of value here"),
        ({"seed": "2020-13-45"}, "is not of type 'integer'"),
        ({"units": {1, 2}}, "set is no kind of value here"),
        ({"network": b"planted"}, "bytes is no kind of value here"),
        ({"network": "x" * 10**6}, "a text of 1000000 characters"),
        ({"x" * 10**6: 1}, "the name of the configuration: a text of 1000000 characters"),
        ({"network": "a\nb"}, "cannot be printed"),
        ({"images": "zero\0byte"}, "cannot be printed"),
        ({"layer": "\ud800"}, "cannot be printed"),
        ({"networks": {"mine\n": ENTRY}}, "cannot be printed"),
        ({"networks": {"mine": {**ENTRY, "title": "\x1b[2J"}}}, "cannot be printed"),
        ({("a", "b"): 1}, "tuple is no kind of value here"),
        ({None: 1}, "config key None: a name is wanted"),
        ({"networks": {"mine": {**FILE, "url": "file:///etc/passwd"}}}, "config key networks.mine.url"),
        ({"networks": {"mine": {**FILE, "url": "ftp://host/weights.pth"}}}, "config key networks.mine.url"),
        ({"networks": {"mine": {**FILE, "url": "javascript:https://x"}}}, "config key networks.mine.url"),
        ({"networks": {"mine": {**FILE, "file": "x" * 300 + ".pth"}}}, "config key networks.mine.file"),
        ({"networks": {"mine": {**FILE, "file": "../weights.pth"}}}, "config key networks.mine.file"),
        ({"networks": {"mine": {**FILE, "file": "/etc/weights.pth"}}}, "config key networks.mine.file"),
        ({"networks": {"../mine": FILE}}, "'../mine' does not match"),
        ({"networks": {"$(touch x)": FILE}}, "'$(touch x)' does not match"),
    ],
)
def test_a_value_that_is_none_is_named(given, message):
    assert message in refusal(given)


@pytest.mark.parametrize("scheme", ["http", "https"])
def test_an_address_needs_a_hash(scheme):
    entry = {key: value for key, value in FILE.items() if key != "sha256"} | {"url": f"{scheme}://host/weights.pth"}
    assert "config key networks.mine: it must have one of sha256, sha1, git_blob" in refusal(
        {"networks": {"mine": entry}}
    )
    with pytest.raises(HighlowError, match="has a url but no hash"):
        registry.entry("mine", {"mine": entry | {"fingerprint": "inception5h"}})


def test_whole_numbers_are_integers():
    filled = config.validated({"seed": 3.0, "units": [1.0, 2]}, SCHEMA)
    assert repr(filled["seed"]) == "3"
    assert repr(filled["units"]) == "[1, 2]"


def test_folders_may_be_called_anything(tmp_path):
    names = ["$(touch canary)", "`touch canary`", "a\nb", "-rf", "\udcff", "'\"", "{input}", "2020", "on", "1e3"]
    for name in names:
        filled = config.validated({"images": name, "weights_dir": name}, SCHEMA)
        assert (filled["images"], filled["weights_dir"]) == (name, name)


@pytest.mark.parametrize(
    "tag",
    [
        '!!python/object/apply:os.system ["touch canary"]',
        '!!python/object/new:os.system ["touch canary"]',
        "!!python/name:os.system",
        "!!python/module:os",
        '!!python/object:os.system {x: "touch canary"}',
    ],
)
def test_tags_of_python_run_nothing(tmp_path, monkeypatch, tag):
    monkeypatch.chdir(tmp_path)
    (tmp_path / "config.yaml").write_text(f"network: {tag}\n")
    with pytest.raises((WorkflowError, HighlowError), match=r"not valid JSON or YAML|no kind of value here"):
        config.validated(load_configfile("config.yaml"), SCHEMA)
    with pytest.raises(HighlowError, match="is not of type"):  # as text of the command line: our own parser
        config.validated({"seed": tag}, SCHEMA)
    assert [path.name for path in tmp_path.iterdir()] == ["config.yaml"]


def test_of_two_keys_of_one_name_the_last_counts(tmp_path):
    (tmp_path / "config.yaml").write_text("seed: 1\nseed: 2\n")
    assert config.validated(load_configfile(tmp_path / "config.yaml"), SCHEMA)["seed"] == 2


def test_shipped_configurations_are_no_templates():
    """A config file with this key runs the expressions in it, by Snakemake, before this project sees it."""
    for path in (REPOSITORY / "config").glob("*.yaml"):
        assert "__use_yte__" not in yaml.safe_load(path.read_text())


@pytest.mark.parametrize("name", ["$(touch canary)", "x" * 300, "a\nb", "loop"])
def test_weights_in_a_folder_of_any_name(tmp_path, monkeypatch, name):
    monkeypatch.chdir(tmp_path)
    monkeypatch.setattr(weight_files, "cache_folder", partial(Path, tmp_path / "cache"))
    monkeypatch.setenv("HIGHLOW_OFFLINE", "1")
    (tmp_path / "loop").symlink_to("loop")
    with pytest.raises(HighlowError, match="no such folder") as caught:
        weight_files.locate(registry.entry("mine", {"mine": FILE}), name)
    assert "\n" not in str(caught.value)
    assert os.listdir(tmp_path) == ["loop"]  # noqa: PTH208 (names)


def test_messages_are_one_line_that_a_terminal_can_take():
    error = HighlowError("a\nb\x1b[2J\u2028\ud800\x00 é 日本")
    assert str(error) == "a\\nb\\x1b[2J\\u2028\\ud800\\x00 é 日本"
    str(error).encode()
    assert len(str(HighlowError("x" * 10**6))) < 2000
