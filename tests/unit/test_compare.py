"""All claims of several networks on one page: what is in which row, and what each cell says."""

import pandas as pd
import pytest

from highlow.circuits.scorecard import Claim, scorecard
from highlow.figures import compare
from highlow.storage import table_files


def claims(source, *, networks=2, extra=()):
    """Claims of a network whose factors are over `source`, `extra` of them behind those."""
    place = {"section": "Implementation", "file": f"factors/{source}_to_b.h5"}
    return [
        Claim("detectors in the layer (at least 8)", 9, True, section="Function"),
        Claim(f"{source}: correlation (at most -0.9)", -0.95, True, **place),
        Claim(f"{source}: stability (at least 0.95)", 0.96, True, **place),
        *extra,
        Claim(f"networks with detectors, of {networks} trained ones compared (all)", 1, False, section="Universality"),
        Claim("response (at most 0.3)", float("nan"), None, section="Controls"),
    ]


@pytest.fixture
def drawing(tmp_path):
    further = Claim("planted: of one network alone (1)", 1, True, section="Implementation")
    held = pd.DataFrame({"claim": ["pool: stability (at least 0.95)"], "value": [0.99], "verdict": ["holds"]})
    cards = {
        "one": scorecard(claims("pool"), {"random": [held]}, ("snakemake results/one/", "")),
        "two": scorecard(claims("conv", networks=3, extra=[further]), {}, ("snakemake results/two/", "")),
    }
    for name, card in cards.items():
        table_files.write(tmp_path / f"{name}.tsv", card, {})
    return compare.draw({name: str(tmp_path / f"{name}.tsv") for name in cards}, {})


def test_each_claim_has_a_state_in_each_network(drawing):
    states = drawing.numbers.pivot(index="claim", columns="network", values="state")
    assert states.loc["pool: stability (at least 0.95)", "one"] == "says nothing"
    assert states.loc["conv: stability (at least 0.95)", "two"] == "holds"
    assert set(states.loc["response (at most 0.3)"]) == {"not measurable"}
    assert drawing.summary["one"] == {"claims": 5, "hold": 3, "say_nothing": 1, "fail": 1}
    assert drawing.summary["two"] == {"claims": 6, "hold": 4, "say_nothing": 0, "fail": 1}


def test_networks_share_rows_whatever_their_sources_are_called(drawing):
    said = [text.get_text().replace("\n", " ") for text in drawing.figure.axes[0].texts]
    rows = [text for text in said if "(" in text]
    assert rows == [
        "detectors in the layer (at least 8)",
        "source 1: correlation (at most -0.9)",
        "source 1: stability (at least 0.95)",
        "planted: of one network alone (1)",
        "networks with detectors, of those compared (all)",
        "response (at most 0.3)",
    ]
    assert [text for text in said if text in ("Function", "Implementation", "Universality", "Controls")] == [
        "Function",
        "Implementation",
        "Universality",
        "Controls",
    ]


def test_a_cell_has_a_mark_and_the_value(drawing):
    said = [text.get_text() for text in drawing.figure.axes[0].texts]
    assert said.count("✓ −0.95") == 2
    assert (said.count("○ 0.96"), said.count("✓ 0.96")) == (1, 1)
    assert said.count("–") == 2
    assert said.count("✗ 1") == 2
    assert "3 of 5 hold 1 say nothing" in [text.replace("\n", " ") for text in said]


def test_states_differ_in_more_than_their_colour():
    marks = [(state.mark, state.hatch) for state in compare.STATES.values()]
    assert len(set(marks)) == len(marks)
