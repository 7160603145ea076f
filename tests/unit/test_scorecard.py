"""The scorecard of the detectors, and what its rows say of controls."""

import numpy as np
import pandas as pd
import pytest

from highlow.circuits import detection
from highlow.circuits.detector_claims import CONTROL_CLAIMS, COUNT, destroyed_claim, detector_claims
from highlow.circuits.factor_file import FactorFit
from highlow.circuits.factors import Factors
from highlow.circuits.scorecard import COLUMNS, NOTES, SECTIONS, Claim, control_values, says_nothing, scorecard
from highlow.networks.registry import CONTROLS, EMPTY_CONTROLS
from highlow.reference import article
from highlow.storage import table_files
from tests.unit.test_detection import candidates, ramps

GAP = "largest gap between preferred orientations"
DESTROYED = "detectors where the weights are destroyed, all draws (0)"


def fitted(maps, separation=1.5):
    count = len(maps)
    base = Factors(np.eye(2, 4), maps, 0.4, 0.5, True)
    octaves = np.array([3.0, 3.0 + separation])
    return FactorFit(
        base, np.arange(count), np.arange(count), maps, octaves, np.ones(count), {2: base}, {2: np.ones(3)}
    )


def scored(table, fit, truth=None, controls=None):
    claims = detector_claims(table, {"maxpool1": fit}, truth, seed=0)
    card = scorecard([*claims, *destroyed_claim(controls or {})], controls or {})
    assert tuple(card.columns) == (*COLUMNS, *NOTES)
    return card.set_index("claim")


def verdicts(table, fit, truth=None):
    return scored(table, fit, truth)["verdict"]


def perfect():
    """Detectors table and factors without any fault."""
    maps = ramps(np.linspace(0, 330, 12))
    return detection.detectors(candidates(), np.arange(12), maps, 1.5), fitted(maps)


def control(**values):
    """Scorecard of a control as read from its file."""
    claims = {"count": COUNT, "gap": GAP}
    found = {"claim": [claims[name] for name in values], "value": [float(v) for v in values.values()]}
    return pd.DataFrame(found).assign(verdict="fails")


def control_cards(**counts):
    """Scorecards of all controls, one for each given number of detectors; none is found elsewhere."""
    return {kind: [control(count=count) for count in counts.get(kind, (0, 0))] for kind in CONTROLS}


def test_scorecard_holds_on_perfect_detectors_and_fails_without():
    angles = np.linspace(0, 330, 12)
    table = detection.detectors(candidates(), np.arange(12), ramps(angles), 1.5)
    truth = pd.DataFrame({"unit": range(12), "layer": "mixed3a", "role": "detector", "orientation_deg": angles})
    assert set(verdicts(table, fitted(ramps(angles)), truth)) == {"holds"}
    none = table.assign(is_detector=0)
    failed = verdicts(none, fitted(ramps(angles), separation=0.1), truth)
    assert failed.filter(like="detectors in the layer").item() == "fails"
    assert failed.filter(like="respond apart").item() == "fails"
    assert failed.filter(like="recall").item() == "fails"
    assert failed.filter(like="correlation").item() == "not measurable"


def test_published_values_stand_beside_the_articles_layer_only():
    angles = np.linspace(0, 330, 12)
    table = detection.detectors(candidates(), np.arange(12), ramps(angles), 1.5)
    fits = {"conv2d1": fitted(ramps(angles))}
    published = scorecard(detector_claims(table, fits, None, 0), {})["published value"]
    elsewhere = scorecard(detector_claims(table.assign(layer="conv2d2"), fits, None, 0), {})["published value"]
    assert (published != "").sum() == 4
    assert (elsewhere == "").all()


def test_scorecard_names_a_wrong_orientation():
    angles = np.linspace(0, 330, 12)
    table = detection.detectors(candidates(), np.arange(12), ramps(angles), 1.5)
    truth = pd.DataFrame({"unit": range(12), "layer": "mixed3a", "role": "detector", "orientation_deg": angles + 10})
    found = verdicts(table, fitted(ramps(angles)), truth)
    assert found.filter(like="from the planted one").item() == "fails"


@pytest.mark.parametrize(
    "column,words,limit", [("uniform_response", "uniform texture", 0.3), *(row[:3] for row in CONTROL_CLAIMS)]
)
def test_each_control_response_has_its_claim(column, words, limit):
    table, fit = perfect()
    at_limit = verdicts(table.assign(**{column: limit}), fit)
    above = verdicts(table.assign(**{column: limit + 0.01}), fit)
    assert set(at_limit) == {"holds"}
    assert above.index[above == "fails"].tolist() == [f"response to {words}, share of peak (median, at most {limit:g})"]


def test_no_controls_make_no_claim():
    card = scored(*perfect())
    assert DESTROYED not in card.index
    assert (card["control values"] == "").all()


@pytest.mark.parametrize("kind", EMPTY_CONTROLS)
def test_detectors_in_any_draw_of_destroyed_weights_fail(kind):
    none = scored(*perfect(), controls=control_cards()).loc[DESTROYED]
    assert (none["value"], none["verdict"]) == ("0", "holds")
    some = scored(*perfect(), controls=control_cards(**{kind: [1, 2]})).loc[DESTROYED]
    assert (some["value"], some["verdict"]) == ("3", "fails")


def test_detectors_where_only_the_last_layer_is_shuffled_do_not_count():
    assert set(CONTROLS) - set(EMPTY_CONTROLS) == {"shuffled_last"}
    card = scored(*perfect(), controls=control_cards(shuffled_last=[12, 9]))
    assert (card.loc[DESTROYED, "value"], card.loc[DESTROYED, "verdict"]) == ("0", "holds")
    assert "shuffled_last 12, 9" in card.loc[COUNT, "control values"].split("; ")


def test_control_values_name_the_kind_and_every_draw():
    controls = {"random": [control(count=0), control(count=1)], "shuffled_last": [control(count=12)]}
    assert control_values(COUNT, controls) == "random 0, 1; shuffled_last 12"
    controls = {"random": [control(gap=123.4567)], "shuffled_last": [control(gap=-0.5)]}
    assert control_values(GAP, controls) == "random 123.5; shuffled_last -0.5"


def test_a_missing_control_value_is_a_dash():
    controls = {"random": [control(count=0), control(count=0, gap=np.nan)], "shuffled_last": [control(gap=90)]}
    assert control_values(GAP, controls) == "random -, -; shuffled_last 90"
    assert control_values(COUNT, controls) == "random 0, 0; shuffled_last -"


def test_without_any_control_value_the_cell_is_empty():
    controls = {"random": [control(count=0), control(count=0)], "shuffled_last": [control(gap=np.nan)]}
    assert control_values(GAP, controls) == ""
    assert control_values("another claim", controls) == ""


def test_scorecards_of_controls_count_as_read_from_their_files(tmp_path):
    table, fit = perfect()
    table_files.write(tmp_path / "none.tsv", scored(table.assign(is_detector=0), fit).reset_index(), {})
    table_files.write(tmp_path / "all.tsv", scored(table, fit).reset_index(), {})
    none, everything = (table_files.read(tmp_path / f"{name}.tsv", ("claim",)) for name in ("none", "all"))
    controls = {kind: [none, none] for kind in EMPTY_CONTROLS} | {"shuffled_last": [none, everything]}
    card = scored(table, fit, controls=controls)
    assert card.loc[DESTROYED, "verdict"] == "holds"
    assert card.loc[DESTROYED, "control values"] == ""
    destroyed = "; ".join(f"{kind} 0, 0" for kind in EMPTY_CONTROLS)
    assert card.loc[COUNT, "control values"] == f"{destroyed}; shuffled_last 0, 12"
    correlation = card.filter(like="correlation of the HF and LF maps", axis=0)["control values"].item()
    assert correlation == "; ".join(f"{kind} -, -" for kind in EMPTY_CONTROLS) + "; shuffled_last -, -1"


def test_what_holds_on_destroyed_weights_says_nothing():
    claim = Claim("share (above 0)", 0.5, True)
    held, failed = (pd.DataFrame({"claim": [claim.text], "verdict": [word]}) for word in ("holds", "fails"))
    cards = {"shuffled_space": [failed, held, held], "random": [held], "shuffled_channels": [failed]}
    assert says_nothing(claim, cards) == "shuffled_space 2 of 3; random 1 of 1"
    assert says_nothing(claim, {"random": [failed], "shuffled_last": [held]}) == ""
    assert says_nothing(Claim(claim.text, 0, False), cards) == ""
    assert says_nothing(Claim("another", 1, True), cards) == ""
    card = scorecard([claim], {kind: [part.assign(value=1.0) for part in parts] for kind, parts in cards.items()})
    assert card["says_nothing"].tolist() == ["shuffled_space 2 of 3; random 1 of 1"]


def test_claims_stand_by_section_with_the_command_that_made_them():
    sections = ["Universality", "of no section", "Function", "Controls", "Function"]
    claims = [Claim(f"{i} (above 0)", 1, True, section=name, file=f"tables/{i}.tsv") for i, name in enumerate(sections)]
    card = scorecard(claims, {}, ("snakemake results/n/", " --config network=n"))
    assert card["section"].tolist() == ["Function", "Function", "Universality", "Controls", "of no section"]
    assert card["claim"].str[0].tolist() == ["2", "4", "0", "3", "1"]
    assert card["command"].iloc[0] == "snakemake results/n/tables/2.tsv --config network=n"
    assert card["measure"].iloc[0] == "2"


def test_every_claim_says_where_it_belongs_its_limit_and_why():
    table, fit = perfect()
    truth = pd.DataFrame({"unit": range(12), "layer": "mixed3a", "role": "detector", "orientation_deg": 30.0})
    card = scored(table, fit, truth, control_cards())
    assert set(card["section"]) <= set(SECTIONS)
    for name in ("measure", "limit", "reason"):
        assert (card[name] != "").all(), name
    limits = card["limit"].str.split(" ").str[-1]
    assert [claim for claim, limit in limits.items() if limit not in claim] == []


def test_the_articles_units_and_orientations_are_compared_on_its_own_network_alone():
    facts = article()
    published = facts["preferred_orientation_deg"]
    units = facts["units"]["all"]
    table = pd.DataFrame({"layer": "mixed3a", "unit": range(256), "branch": "3x3", "is_detector": 0})
    table["preferred_orientation_deg"] = table["unit"].map(published).fillna(0.0)
    for column in ("polarity_ratio", "uniform_response", *(column for column, *_ in CONTROL_CLAIMS)):
        table[column] = 0.0
    table.loc[table["unit"].isin([*units[:10], 5]), "is_detector"] = 1
    fit = fitted(ramps(np.zeros(256)))

    def rows(changed, **options):
        card = scorecard(detector_claims(changed, {"maxpool1": fit}, None, 0, **options), {}).set_index("claim")
        return card.filter(like="the article's", axis=0)

    assert rows(table).empty
    own = rows(table, articles_network=True)
    assert own["value"].tolist() == ["0.6667", "0.9091", "0"]
    assert set(own["verdict"]) == {"holds"}
    turned = table.assign(preferred_orientation_deg=(table["preferred_orientation_deg"] + 20) % 360, is_detector=0)
    assert rows(turned, articles_network=True)["verdict"].tolist() == ["fails"] * 3
    silent = table.assign(preferred_orientation_deg=np.nan)
    assert rows(silent, articles_network=True)["verdict"].iloc[2] == "not measurable"
    assert rows(table.assign(layer="mixed3b"), articles_network=True).empty
