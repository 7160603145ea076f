"""What the article page says of the numbers of each figure, and how its units are marked."""

import re

import pytest

from highlow.figures import page, page_numbers
from tests.reference import article_page

EXPLORED = {"maxpool1": "conv2d2", "mixed3a": "mixed3a", "mixed3b": "mixed3b"}
KINDS = ("photographs", "dead_leaves")
# Of each figure: a summary as it writes one, and what the page says.
SAID = {
    "fig01_feature_visualizations": (
        {"median_relative_activation": 2.0, "median_energy_ratio_db": 6.04, "units": [5, 6]},
        ["<b>2</b> times as much", "<b>6.04 dB</b>", "Units: mixed3a 5, 6."],
    ),
    "fig01b_diversity": ({"mean_similarity": 0.262, "unit": 5}, ["cosine of <b>0.262</b>", "Unit: mixed3a 5."]),
    "fig02_dataset_examples": (
        {
            "share": {"top_crops": [0.3, 0.2, 0.4], "random_crops": [0, -0.1, 0.1], "units_above_control": 9},
            "units_measured": 10,
            "units": [5],
        },
        ["strongest|0.3 (0.2 to 0.4)", "random|0 (−0.1 to 0.1)", "gap|–", "<b>9</b> of 10 units"],
    ),
    "fig03_tuning": (
        {"units": [5, 6], "preferred_interval_deg": [[43.3, 42.1, 45.0], [None] * 3], "direction_selectivity": [1, 0]},
        ["5|43.3 (42.1 to 45)|1", "6|–|0"],
    ),
    "fig04_weights": (
        {"share_of_squared_weights": 0.577, "detector": 5, "layer_of_channels": "conv2d2", "channels": [1, 2]},
        ["<b>58 %</b>", "Unit: mixed3a 5. Channels, strongest first: conv2d2 1, 2."],
    ),
    "fig05_clusters": (
        {
            "layer_of_channels": "conv2d2",
            "channels": {"high_cluster": [1, 2], "low_cluster": [3]},
            "median_alignment_with_the_high_frequency_side": {"high_cluster": 0.9, "low_cluster": -0.8},
            "detectors": [5],
        },
        ["HF|conv2d2 1, 2|0.9", "LF|conv2d2 3|−0.8", "Detectors: mixed3a 5."],
    ),
    "fig06_factors": (
        {
            "conv2d2": {
                "HF": {
                    "layer": "conv2d2",
                    "channels": [1, 2],
                    "share_of_squared_coefficients": 0.5,
                    "published_among_largest": 1,
                },
                "LF": {"layer": "conv2d2", "channels": [3], "share_of_squared_coefficients": 0.1},
            }
        },
        [
            "HF of conv2d2|conv2d2 1, 2|50 %",
            "LF of conv2d2|conv2d2 3|10 %",
            "HF of conv2d2: <b>1</b> of the 2 published",
        ],
    ),
    "fig07_factor_responses": (
        {"best_wavelength_px": {"maxpool1": {"HF": 6.0, "LF": 43.71}}},
        ["conv2d2|6|43.7"],
    ),
    "fig08_factor_tuning": (
        {"crossing_wavelength_px": {"maxpool1": 10.03, "conv2d1": None}},
        ["In conv2d2 the two curves cross at <b>10 px</b>.", "In conv2d1 the two curves do not cross."],
    ),
    "fig09_spatial_factors": (
        {
            "units": [5],
            "preferred_orientation_deg": [43.3],
            "maxpool1": {
                "median_map_correlation": -0.99,
                "median_orientation_difference_deg": 1.5,
                "weight_orientation_deg": [42.4],
                "map_correlation": [-0.991],
            },
        },
        ["Medians of conv2d2: the two maps correlate by <b>−0.99</b>", "lies <b>1.5°</b>", "5|43°|42°|−0.991"],
    ),
    "fig09b_exception": (
        {
            "layer_of_channels": "conv2d2",
            "channel": 9,
            "unit": 5,
            "edge": "contrast edge",
            "edge_over_texture": 1.25,
            "structure": 0.4,
            "map_cosine": 0.87,
            "factor": "LF",
            "weight_rank": 2.0,
            "qualifies": 0.0,
        },
        ["channel conv2d2 9 answers its best contrast edge <b>1.25</b>", "of the LF factor", "not meet every limit"],
    ),
    "fig10_usage": (
        {"units": {"boundary": 7, "center_surround": 8}, "nearest": ["center_surround"]},
        ["boundary|7|yes", "centre-surround|8|nearest", "no unit fits that role"],
    ),
    "fig11_excitation_inhibition": (
        {"unit": 7, "role": "double_boundary", "nearest": True, "source": "detectors", "share_of_excitation": 0.9},
        ["detectors to mixed3b 7, <b>90 %</b> excite and <b>10 %</b> inhibit", "nearest to a double boundary"],
    ),
    "fig12_boundary_inputs": (
        {"unit": 7, "shares": {"edge": 0.2, "line": 0.5}, "shares_of_units": {"edge": 0.1, "line": 0.3}},
        ["What mixed3b 7 reads", "line|50 %|30 % edge|20 %|10 %"],
    ),
    "fig13_boundary_detectors": (
        {"units": [7, 8], "nearest": [8]},
        ["Units: mixed3b 7, 8.", "Of these mixed3b 8 only comes nearest"],
    ),
    "figx_polarity_invariance": (
        {
            "same": 0.36,
            "opposite": 0.44,
            "perpendicular": 0.15,
            "opposite_minus_perpendicular": 0.28,
            "interval": [0.1, 0.5],
        },
        ["opposite|0.44", "perpendicular: <b>0.28</b> (0.1 to 0.5)"],
    ),
    "figx_uniqueness": (
        {
            "two_factors_explain": 0.355,
            "one_signed_direction_explains": 0.36,
            "resampled_units_that_tell": 1.0,
            "starts_that_tell": None,
            "destroyed_nmf_that_tells": 0.0,
        },
        ["<b>36 %</b>", "two factors of resampled units|100 %", "destroyed copies|0 %"],
    ),
    "figx_surgery": (
        {
            "tuning_correlation": {"path": [0.99, 0.98, 1.0], "hand": [0.97, 0.9, 0.98]},
            "photograph_correlation": {"path": [0.93, 0.92, 0.94], "hand": [0.518, 0.31, 0.69]},
            "kept_weights": {
                "fewest_tuning_weights": [3.0, 1.0, 4.5],
                "fewest_photograph_weights": [192.0, 146.0, 232],
            },
            "weights_of_a_unit": 1728.0,
        },
        [
            "HF and LF on a step|0.97 (0.9 to 0.98)|0.518 (0.31 to 0.69)",
            "Of <b>1728</b> weights <b>3</b> keep 90&nbsp;% of the tuning, and <b>192</b> of the responses",
        ],
    ),
    "figx_construction": (
        {
            "who": "detectors",
            "units": {"detector": 10, "luminance_edge": 15},
            "index": {"detector": [0.557, 0.44, 0.6], "luminance_edge": [0.1, 0.0, 0.13]},
            "index_of_destroyed": {"shuffled_last": 0.08},
            "weight_share": 0.32,
            "tuning_share": 0.21,
            "random_tuning_share": 0.34,
        },
        ["detectors|10|0.557 (0.44 to 0.6)", "taps shuffled|–|0.08", "<b>21 %</b> of the tuning"],
    ),
    "figx_equivariance": (
        {
            "units": 10,
            "units_tuned_alike": 9,
            "stimulus_error_deg": [4.48, 3.9, 5.2],
            "crop_error_deg": [27.6, 22.2, 37.1],
            "tuning_correlation": [0.988, 0.974, 0.993],
        },
        ["stimuli|4.48 (3.9 to 5.2) crops|27.6 (22.2 to 37.1)", "<b>9</b> of 10 units"],
    ),
    "figx_focus": (
        {
            "units": 10,
            "units_with_effect": 9,
            "scenes": 55,
            "effect": [0.447, 0.387, 0.508],
            "effect_on_luminance_edge_units": 0.125,
            "minus_luminance_edges": [0.323, 0.265, 0.381],
        },
        ["mean over 55 scenes", "detectors|0.447 (0.387 to 0.508)", "difference|0.323 (0.265 to 0.381)"],
    ),
    "figx_boundaries": (
        {
            "images": 30,
            "interval": [0.615, 0.712],
            "difference_without_boundary": {"intact": 0.663, "random": 0.534},
            "best_f": {"detectors": 0.376, "boundary_units": 0.355, "luminance_edge_units": 0.536, "sobel": 0.573},
            "best_f_of_people": 0.829,
        },
        ["<b>66 %</b> of pairs (62 % to 71 %", "detectors|0.376 boundary units|0.355", "one person|0.829"],
    ),
    "fig14_similar_detectors": (
        {"vgg19": {"depth_share": 0.28, "detectors": 5, "units": 256, "largest_gap_deg": 100.0}},
        ["vgg19|5 of 256|100°|28 %"],
    ),
    "fig15_universality_factors": (
        {"inception_v3": {"median_map_correlation": -0.9, "median_orientation_difference_deg": 1.44}},
        ["inception_ v3|−0.9|1.44"],
    ),
    "figx_emergence": (
        {
            "runs": dict.fromkeys(KINDS, 5),
            "runs_with_a_detector_at_the_end": dict.fromkeys(KINDS, 4),
            "detectors": dict.fromkeys((*KINDS, "untrained"), 12.0),
            "smallest_number_of_detectors": dict.fromkeys(KINDS, 10.0),
            "largest_number_of_detectors": dict.fromkeys(KINDS, 16.0),
            "peak_largest_number": dict.fromkeys(KINDS, 16.0),
            "untrained": {"detectors": 0.0, "map_correlation": -0.8},
        },
        ["photographs|4 of 5|12 (10 to 16) dead leaves|4 of 5|12 (10 to 16)", "Before training there are <b>0</b>."],
    ),
    "control_stimuli": (
        {
            "median_of_detectors": {"uniform_response": 0.09, "grating_response": None},
            "largest_of_detectors": {"uniform_response": 0.32},
        },
        ["uniform texture|0.09|0.32", "grating|–|–"],
    ),
    "planted_ground_truth": ({"planted": 8, "found": 7, "not_planted": 1}, ["Of <b>8</b> planted", "<b>1</b> units"]),
}


def numbers(text, name):
    """Return what stands beside a figure: rows one after another, cells parted by a bar; without tags of units."""
    figure = text[text.index(f'<figure id="{name}">') :]
    found = re.search(r'<div class="numbers".*?</div>', figure[: figure.index("</figure>")], re.DOTALL)
    assert found, name
    plain = re.sub(r"</?span[^>]*>", "", found[0])
    plain = re.sub(r"</t[dh]><t[dh][^>]*>", "|", plain)
    return " ".join(re.sub(r"</?(table|thead|tbody|tr|td|th|p|div|wbr)\b[^>]*>", " ", plain).split())


def test_every_figure_with_numbers_is_tried_here():
    assert set(page.content()["numbers"]) == set(SAID)


@pytest.mark.parametrize("name", SAID)
def test_numbers_are_said_in_sentences_and_small_tables(tmp_path, name):
    summary, expected = SAID[name]
    network = "googlenet" if name != "figx_emergence" else "inceptionv1_selfsup"
    text = article_page.render(tmp_path, names=(name,), network=network, summaries={name: summary})
    said = numbers(text, name)
    assert [words for words in expected if words not in said] == [], said
    assert "None" not in said
    assert "{" not in said


@pytest.mark.parametrize("name", SAID)
def test_numbers_of_older_results_are_listed(tmp_path, name):
    text = article_page.render(tmp_path, names=(name,), summaries={name: {"something": 3}})
    assert '<dl class="numbers"' in text
    assert "<dt>something</dt><dd>3</dd>" in text


def test_units_say_where_the_explorer_shows_them(tmp_path):
    names = ("fig03_tuning", "fig04_weights")
    summaries = {name: SAID[name][0] for name in names}
    options = {"names": names, "network": "googlenet", "summaries": summaries}
    text = article_page.render(tmp_path, explored=EXPLORED, **options)
    places = re.findall(r'<span data-unit="([^"]+)">(\d+)</span>', text)
    assert [f"{place} {number}" for place, number in places if not place.endswith(f"/{number}")] == []
    assert {"mixed3a/5", "conv2d2/1"} <= {place for place, _ in places}  # of figures
    assert "mixed3a/70" in {place for place, _ in places}  # of the table of detectors
    assert "mixed3b/3" in {place for place, _ in places}  # of the units that use them
    assert "data-unit" not in article_page.render(tmp_path, **options).split("<script>")[0]


def test_a_unit_of_a_layer_that_is_not_explored_is_a_number():
    assert page_numbers.unit(EXPLORED, "maxpool1", 3) == '<span data-unit="conv2d2/3">3</span>'
    assert page_numbers.unit(EXPLORED, "conv2d2", 3) == '<span data-unit="conv2d2/3">3</span>'
    assert page_numbers.unit(EXPLORED, "conv2d0", 3) == "3"
    assert page_numbers.unit({"a/b c": "a/b c"}, "a/b c", 3) == '<span data-unit="a%2Fb%20c/3">3</span>'
    assert page_numbers.units({}, "<layer>", []) == "none"
    inside = page_numbers.unit({"conv_4": "conv_4"}, "conv_4", 3)
    assert page_numbers.row("conv_4", inside) == (
        '<tr><td>conv_<wbr>4</td><td><span data-unit="conv_4/3">3</span></td></tr>'
    )
    assert page_numbers.row("<b>", None, "") == "<tr><td>&lt;b&gt;</td><td>–</td><td>–</td></tr>"
