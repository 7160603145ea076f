"""`highlow explain`: what a result was made from, and the command that makes it again."""

import json

import pytest

from highlow.commands import origin_text
from highlow.storage.origins import AS_WRITTEN, Origin
from tests.reference.called_commands import called, in_a_small_terminal
from tests.reference.small_results import made


@pytest.fixture(autouse=True)
def _terminal(monkeypatch):
    in_a_small_terminal(monkeypatch)


@pytest.fixture
def results(tmp_path):
    return made(tmp_path / "results")


def test_explain_goes_back_to_the_weights(capsys, results):
    status, text, _ = called(capsys, "explain", results / "n/figures/fig01.svg")
    assert status == 0
    assert [line for line in text.splitlines() if "──" in line] == [
        "├── tables/found.tsv",
        "│   ├── activations/layer/a.h5",
        "│   │   ├── stimuli/a.h5",
        "│   │   └── weights.h5",
        "│   └── activations/layer/b.h5",
        "│       ├── stimuli/b.h5",
        "│       └── and, as above: weights.h5",
        "└── and, as above: weights.h5",
    ]
    assert "snakemake results/n/figures/fig01.svg --config network=n" in text
    assert "code: not noted" in text and "versions, as here: " in text
    status, text, _ = called(capsys, "explain", results / "n/figures/fig01.png", "--depth", "1")
    assert "── tables/found.tsv (+2)" in text and "activations" not in text
    status, text, _ = called(capsys, "explain", results / "n/tables/found.tsv", "--json")
    told = json.loads(text)
    assert [item["role"] for item in told["origin"]["inputs"]] == ["a", "b"]
    assert told["origin"]["inputs"][0]["inputs"][0]["file"] == "stimuli/a.h5"
    assert told["command"].startswith("snakemake results/n/tables/found.tsv")


def test_explain_says_what_is_not_as_it_was(capsys, results):
    with (results / "stimuli/a.h5").open("ab") as file:
        file.write(b"x")
    status, text, last = called(capsys, "explain", results / "n/tables/found.tsv")
    assert status == 1
    assert "stimuli: sha256 " in text and "[not here as it was]" in text
    assert "1 of its files are not here as they were, the first is stimuli" in last
    (results / "n/tables/found.tsv").write_text("unit\n")
    status, text, last = called(capsys, "explain", results / "n/tables/found.tsv")
    assert status == 1 and text.startswith("n/tables/found.tsv [not as it was written]")


@pytest.mark.parametrize(
    "file", ["n/pictures/layer/layer_3.png", "n/weights.h5", "n/scorecard.tsv", "n/figures/fig01.json"]
)
def test_explain_knows_every_kind_of_file(capsys, results, file):
    if not (results / file).exists():
        file = next((results / "n/pictures/layer").glob("*.png")).relative_to(results)
    status, text, _ = called(capsys, "explain", results / file)
    assert status == 0 and text.startswith(str(file))


def test_explain_needs_results(capsys, tmp_path):
    (tmp_path / "a.tsv").write_text("x")
    status, _, last = called(capsys, "explain", tmp_path / "a.tsv")
    assert status == 1 and "in no folder of results" in last


def test_settings_that_are_not_the_default_stand_in_the_command():
    stimuli = Origin(
        "stimuli", "stimuli/a.h5", "", AS_WRITTEN, {"orientations": 25, "ratios": 30, "pattern_size": 60.0}
    )
    images = Origin("images", "images/tables/0123.tsv", "", AS_WRITTEN, {"manifest": "0123"})
    factors = Origin("factors", "planted/f.h5", "", AS_WRITTEN, {"factors.seeds": 3}, 7, inputs=[stimuli, images])
    told = origin_text.command_of(Origin("", "planted/t.tsv", "", AS_WRITTEN, inputs=[factors]))
    assert told == (
        "snakemake results/planted/t.tsv --config network=planted seed=7 'factors={seeds: 3}' "
        "'stimuli={orientations: 25}' images=FOLDER"
    )
