import numpy as np
import pandas as pd
import pytest
from hypothesis import given
from hypothesis import strategies as st

from highlow.circuits import candidates as scoring
from highlow.circuits import detection, factors
from highlow.circuits.detector_claims import CONTROL_CLAIMS, COUNT, destroyed_claim, detector_claims
from highlow.circuits.factor_file import FactorFit
from highlow.circuits.factors import Factors
from highlow.circuits.scorecard import COLUMNS, NOTES, SECTIONS, Claim, control_values, says_nothing, scorecard
from highlow.figures.selection import shown_units
from highlow.networks.registry import CONTROLS, EMPTY_CONTROLS
from highlow.probes import circular
from highlow.probes.tuning import OrientationTuning
from highlow.reference import article
from highlow.storage import table_files

GAP = "largest gap between preferred orientations"
DESTROYED = "detectors where the weights are destroyed, all draws (0)"


def tuned(count, **changed):
    """Tuning of perfect detectors, with some statistics changed."""
    values = {
        "preferred_deg": np.linspace(0, 330, count),
        "selectivity": np.full(count, 0.9),
        "polarity_ratio": np.zeros(count),
        "width_deg": np.full(count, 90.0),
        "peak": np.full(count, 100.0),
        "interval_low_deg": np.full(count, -1.0),
        "interval_high_deg": np.full(count, 1.0),
    }
    return OrientationTuning(**(values | changed))


def candidates(count=12, controls=(), balanced=None, **changed):
    """Candidates that answer no control, but for the given peaks of `controls` by family."""
    high_low = tuned(count, **changed)
    peaks = dict.fromkeys(scoring.CONTROLS, np.zeros(count)) | dict(controls)
    return scoring.candidates("mixed3a", ["3x3"] * count, high_low, balanced or high_low, peaks)


def single(unit, value, count=12):
    """Zeros but for one unit."""
    return np.where(np.arange(count) == unit, value, 0.0)


def ramps(angles_deg):
    """HF and LF maps of detectors that point to the given angles."""
    y, x = np.mgrid[-1:2, -1:2]
    angles = np.deg2rad(angles_deg)[:, None, None]
    ramp = np.cos(angles) * x + np.sin(angles) * y
    return np.stack([ramp, -ramp], axis=1)


@pytest.mark.parametrize(
    "name,bad",
    [
        ("selectivity", 0.1),
        ("polarity_ratio", 0.9),
        ("peak", 1.0),
    ],
)
def test_a_unit_that_fails_one_component_scores_below_the_others(name, bad):
    values = np.array(getattr(tuned(12), name))
    values[5] = bad
    table = candidates(**{name: values})
    assert table["unit"].iloc[-1] == 5
    assert table["score"].iloc[-1] < detection.MINIMUM_SCORE < table["score"].iloc[-2]


@pytest.mark.parametrize("family", scoring.SCORED_CONTROLS)
def test_a_unit_that_answers_a_control_is_rejected(family):
    plain = candidates().set_index("unit")["score"]
    score = candidates(controls={family: single(3, 90.0)}).set_index("unit")["score"]
    assert score[3] < detection.MINIMUM_SCORE < plain[3]
    np.testing.assert_array_equal(score.drop(3).sort_index(), plain.drop(3).sort_index())


def test_the_worst_control_counts():
    controls = {"grating": single(3, 10.0), "luminance_edge": single(3, 40.0), "colour_edge": single(3, 20.0)}
    worst = candidates(controls=controls).set_index("unit").loc[3]
    assert worst["control_free"] == pytest.approx(0.6)
    assert (worst["grating_response"], worst["luminance_edge_response"], worst["colour_edge_response"]) == (
        pytest.approx((0.1, 0.4, 0.2))
    )


def test_families_that_share_a_column_give_it_the_stronger_response():
    controls = {
        "uniform": single(2, 30.0) + single(5, 10.0),
        "uniform_plaid": single(2, 20.0) + single(5, 60.0),
    }
    table = candidates(controls=controls).set_index("unit")
    assert table.loc[2, "uniform_response"] == pytest.approx(0.3)
    assert table.loc[5, "uniform_response"] == pytest.approx(0.6)
    assert (table["uniform_response"].drop([2, 5]) == 0).all()
    assert table.loc[5, "control_free"] == pytest.approx(0.4)


def test_contrast_edges_do_not_change_the_score_but_reject_above_the_peak():
    edge = single(1, 80.0) + single(4, 100.0) + single(6, 101.0)
    table, plain = candidates(controls={"contrast_edge": edge}), candidates()
    components = ["unit", "score", "selective", "polar", "control_free", "consistent", "strong"]
    pd.testing.assert_frame_equal(table[components], plain[components])
    found = detection.detectors(table, np.arange(12), ramps(np.linspace(0, 330, 12)), 1.5).set_index("unit")
    assert found.index[found["is_detector"] == 0].tolist() == [6]
    assert found.loc[6, "contrast_edge_response"] == pytest.approx(1.01)


def test_units_with_another_orientation_without_luminance_edges_are_rejected():
    moved = np.linspace(0, 330, 12)
    moved[7] += 100
    table = candidates(balanced=tuned(12, preferred_deg=moved))
    assert table["unit"].iloc[-1] == 7
    assert table["score"].iloc[-1] < detection.MINIMUM_SCORE < table["score"].iloc[-2]


def test_a_silent_unit_scores_zero():
    peak = np.full(12, 100.0)
    peak[2] = 0
    preferred = np.linspace(0, 330, 12)
    preferred[2] = np.nan
    table = candidates(peak=peak, preferred_deg=preferred)
    assert table.iloc[-1]["unit"] == 2
    assert table.iloc[-1]["score"] == 0
    assert table.iloc[-1][list(scoring.CONTROLS.values())].isna().all()
    assert table.iloc[:-1].notna().all(axis=None)
    found = detection.detectors(table, np.arange(12), ramps(np.linspace(0, 330, 12)), 1.5)
    assert found.loc[found["is_detector"] == 0, "unit"].tolist() == [2]


def test_detectors_need_the_weights_to_agree():
    table = candidates()
    angles = np.linspace(0, 330, 12)
    maps = ramps(angles)
    maps[4] = ramps(angles[4:5] + 60)  # points elsewhere than the unit responds
    maps[6, 1] = maps[6, 0]  # HF and LF excite the same side
    center = np.full((3, 3), -0.125)
    center[1, 1] = 1
    maps[9] += 4 * np.stack([center, -center])  # mostly a centre against its surround
    found = detection.detectors(table, np.arange(12), maps, 1.5)
    accepted = set(found.loc[found["is_detector"] == 1, "unit"])
    assert accepted == set(range(12)) - {4, 6, 9}
    assert found.set_index("unit").loc[0, "hf_lf_map_correlation"] == pytest.approx(-1)


def test_factors_that_do_not_differ_in_frequency_make_no_detector():
    maps = ramps(np.linspace(0, 330, 12))
    assert detection.detectors(candidates(), np.arange(12), maps, 0.4)["is_detector"].sum() == 0
    assert detection.detectors(candidates(), np.arange(12), maps, 1.5)["is_detector"].sum() == 12


def test_units_without_maps_stay_empty():
    found = detection.detectors(candidates(), np.arange(6), ramps(np.linspace(0, 150, 6)), 1.5)
    outside = found[found["unit"] >= 6]
    assert outside["weight_orientation_deg"].isna().all()
    assert (outside["is_detector"] == 0).all()


def test_factor_units_are_the_best_of_the_branch():
    table = candidates(40, selectivity=np.linspace(0.95, 0.2, 40))
    table.loc[table["unit"] == 3, "branch"] = "1x1"
    assert scoring.factor_units(table, "3x3").tolist() == [0, 1, 2, *range(4, 16)]


def test_downstream_units_use_the_candidates_most():
    table = candidates(12)
    weight = np.zeros((30, 12, 3, 3))
    weight[:, 0, 1, 1] = np.arange(30)
    units = scoring.downstream_units(weight, np.arange(100, 130), table, "3x3")
    assert units.tolist() == list(range(110, 130))


def test_tuning_table_is_the_phase_mean():
    table = candidates(40, selectivity=np.full(40, 1e-6))
    response = np.random.default_rng(0).uniform(size=(3, 5, 2, 40)).astype(np.float32)
    ratios, angles = np.array([1.0, 3, 9]), np.arange(5) * 90.0
    units = scoring.tuned_units(table, [39])
    assert set(units) == {*table["unit"][:15], 39}
    rows = scoring.tuning_table("mixed3a", response, ratios, angles, units)
    assert rows["unit"].drop_duplicates().tolist() == units
    one = rows[(rows["unit"] == 39) & (rows["ratio"] == 9) & (rows["orientation_deg"] == 180)]
    assert one["response"].item() == pytest.approx(response[2, 2, :, 39].mean())


@given(st.lists(st.floats(0, 359.99), min_size=1, max_size=40))
def test_spanning_picks_distinct_units_in_order(angles):
    chosen = circular.spanning(np.array(angles), 6)
    assert len(chosen) == len(set(chosen)) == min(6, len(angles))
    assert [angles[i] for i in chosen] == sorted(angles[i] for i in chosen)


def test_spanning_prefers_the_best_of_each_sector():
    assert sorted(circular.spanning(np.array([10, 70, 130, 190, 250, 310, 15, 75, 311.0]), 6)) == [0, 1, 2, 3, 4, 5]


def test_largest_gap():
    assert circular.largest_gap(np.array([350, 10, 100])) == 250
    assert circular.largest_gap(np.array([5.0])) == 360
    assert circular.largest_gap(np.array([])) == 360


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


def test_shown_units():
    table = detection.detectors(candidates(), np.arange(12), ramps(np.linspace(0, 330, 12)), 1.5)
    shown = shown_units(table, "3x3", [])
    assert len(shown) == 6
    assert circular.largest_gap(shown["preferred_orientation_deg"].to_numpy()) <= 90
    assert shown_units(table, "3x3", [7, 2])["unit"].tolist() == [2, 7]
    with pytest.raises(Exception, match="unit 40 is not in the 3x3 branch"):
        shown_units(table, "3x3", [40])


def test_weight_orientation_is_clockwise_on_the_screen():
    maps = ramps(np.array([0.0, 90, 225]))
    assert maps[1, 0, 2, 1] > maps[1, 0, 0, 1]  # 90 degrees: the high side is below
    np.testing.assert_allclose(factors.weight_orientation(maps[:, 0], maps[:, 1]), [0, 90, 225], atol=1e-9)


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
