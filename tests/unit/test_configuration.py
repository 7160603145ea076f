import itertools
import re
import tomllib

import pytest
import yaml

from highlow.runs import config
from highlow.runs.errors import HighlowError
from tests.conftest import REPOSITORY

SCHEMA = yaml.safe_load((REPOSITORY / "workflow/schemas/config.schema.yaml").read_text())


ENTRY = {"architecture": "planted", "layer": "mixed3a", "generator": "planted"}


def test_values_of_the_command_line_are_typed():
    given = {
        "stimuli": {"ratios": "5", "pattern_size": "48.5"},
        "units": ["1", "2"],
        "layer": "null",
    }
    filled = config.validated(given, SCHEMA)
    assert filled["stimuli"]["ratios"] == 5
    assert filled["stimuli"]["pattern_size"] == 48.5
    assert filled["units"] == [1, 2]
    assert filled["layer"] is None


def test_defaults_are_filled_in():
    filled = config.validated({"stimuli": {"ratios": 5}}, SCHEMA)
    assert filled["network"] == "inceptionv1_selfsup"
    assert filled["stimuli"] == {"orientations": 73, "ratios": 5, "phases": 4, "pattern_size": "auto"}
    assert filled["factors"] == {"seeds": 20}
    assert filled["controls"] == {"draws": 1}


@pytest.mark.parametrize(
    "given,message",
    [
        ({"netwrk": "planted"}, "unknown config key 'netwrk'; did you mean 'network'"),
        ({"stimuli": {"orientation": 9}}, "unknown config key 'stimuli.orientation'; did you mean 'orientations'"),
        ({"stimuli": {"ratios": "many"}}, "config key stimuli.ratios: 'many' is not of type 'integer'"),
        ({"stimuli": {"ratios": 2}}, "config key stimuli.ratios: 2 is less than the minimum of 3"),
        ({"stimuli": 4}, "config key stimuli: 4 is not of type 'object'"),
        ({"device": "gpu"}, "config key device: 'gpu' is not one of"),
        ({"units": ["a"]}, "config key units"),
        ({"units": "some"}, "config key units"),
        ({"seed": -1}, "config key seed"),
        ({"network": None}, "config key network"),
        (
            {"units": "most"},
            "config key units: it must be 'auto' or 'all' or a list of different integers from 0, not 'most'",
        ),
        (
            {"networks": {"mine": {"architectur": "planted"}}},
            "'networks.mine.architectur'; did you mean 'architecture'",
        ),
        (
            {"networks": {"mine": {"architecture": "planted", "layer": "mixed3a"}}},
            "given with module or given with architecture and layer and file and one of sha256, sha1, git_blob, "
            "fingerprint or given with architecture and layer and generator",
        ),
        ({"networks": {"mine": {**ENTRY, "generator": "plnted"}}}, "config key networks.mine.generator"),
        ({"networks": {"my-net": ENTRY}}, "'my-net' does not match"),
        ({"networks": {1: ENTRY}}, "config key networks.1: a name is wanted"),
        ({"networks": {"mine": {**ENTRY, "sources": "maxpool1"}}}, "config key networks.mine.sources"),
        ({"networks": {"mine": {**ENTRY, "sha256": "abc"}}}, "config key networks.mine.sha256"),
        ({"networks": {"mine": {**ENTRY, "file": "../x.pb"}}}, "config key networks.mine.file"),
        ({"networks": {"mine": {**ENTRY, "file": "x.doc"}}}, "config key networks.mine.file"),
    ],
)
def test_mistakes_are_named_in_one_line(given, message):
    with pytest.raises(HighlowError, match=re.escape(message)) as caught:
        config.validated(given, SCHEMA)
    assert "\n" not in str(caught.value)


def test_every_key_is_described():
    for key, item in config.keys(SCHEMA):
        assert item["description"], key
        assert "default" in item, key


def test_key_table_is_the_schemas():
    text = (REPOSITORY / "config" / "README.md").read_text()
    table = config.reference_table(SCHEMA)
    assert table in text, f"put this table into config/README.md:\n{table}"


def test_shipped_config_is_valid():
    for path in (REPOSITORY / "config").glob("*.yaml"):
        config.validated(yaml.safe_load(path.read_text()), SCHEMA)


def pins(requirements):
    found = {}
    for line in requirements:
        name, version = re.fullmatch(r"([A-Za-z0-9._-]+)==?([^ ;=]+).*", line).groups()
        found[name.lower().replace("_", "-")] = version
    return found


def test_environments_agree():
    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    wanted = pins(project["dependencies"])
    listed = yaml.safe_load((REPOSITORY / "environment.yml").read_text())["dependencies"]
    pip = next(item["pip"] for item in listed if isinstance(item, dict))
    assert f"python{project['requires-python']}" in listed
    conda = pins([line for line in listed if isinstance(line, str) and re.search("[^<>]=", line)] + pip)
    conda["torch"] = conda.pop("pytorch")
    assert conda == wanted
    constraints = pins((REPOSITORY / "constraints.txt").read_text().split())
    everything = wanted | pins(itertools.chain(*project["optional-dependencies"].values()))
    assert {name: constraints[name] for name in everything} == everything


def test_version_is_stated_once():
    import highlow

    project = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]
    assert project["version"] == highlow.__version__
    citation = yaml.safe_load((REPOSITORY / "CITATION.cff").read_text())
    assert str(citation["version"]) == highlow.__version__
