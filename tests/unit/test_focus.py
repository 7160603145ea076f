"""Borders of focus in made-up pairs of photographs, and where planted detectors and destroyed copies point there."""

import numpy as np
import pytest
from PIL import Image
from scipy import ndimage

from highlow.experiments.focus import borders as found_borders
from highlow.experiments.focus import pairs, windows
from highlow.experiments.focus.claims import COLUMNS, DETECTORS, EDGES, claims
from highlow.experiments.measured import measured
from highlow.figures import figx_focus
from highlow.networks.registry import EMPTY_CONTROLS
from highlow.probes.circular import angle_between
from highlow.runs.errors import HighlowError
from highlow.storage import table_files
from tests.reference.planted_subjects import subject

LAYER = "mixed3a"
SETTINGS = {"title": "planted", "layer": LAYER, "branch": "3x3", "seed": 0}
SIZE, FIELD, CUT = 150, 43, 6.0
ANGLES = tuple(range(0, 360, 45))


def texture(seed, size=SIZE):
    """Grey noise of all frequencies with the contrast of a photograph."""
    noise = np.random.default_rng(seed).normal(size=(size, size))
    bands = [ndimage.gaussian_filter(noise, sigma) for sigma in (0.7, 2, 6)]
    return np.clip(0.5 + sum(0.12 * band / band.std() for band in bands), 0, 1)


def pair(angle_deg, seed):
    """A scene whose side in a direction is sharp in A and blurred in B, and the other side the reverse."""
    sharp = texture(seed)
    blurred = ndimage.gaussian_filter(sharp, 4)
    y, x = np.mgrid[:SIZE, :SIZE] - (SIZE - 1) / 2
    side = np.clip(0.5 + (x * np.cos(np.deg2rad(angle_deg)) + y * np.sin(np.deg2rad(angle_deg))) / 4, 0, 1)
    a, b = side * sharp + (1 - side) * blurred, (1 - side) * sharp + side * blurred
    return [np.repeat((255 * part).round().astype(np.uint8)[:, :, None], 3, axis=2) for part in (a, b)]


def write(folder, name, photographs):
    folder.mkdir(parents=True, exist_ok=True)
    for side, pixels in zip("AB", photographs, strict=True):
        Image.fromarray(pixels).save(folder / f"{name}_{side}.png")


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("pairs")
    for number, angle in enumerate(ANGLES):
        write(root / "scenes", f"turned_{angle}", pair(angle, number))
    return str(root)


@pytest.fixture(scope="module")
def table(folder):
    subjects = [subject(variant) for variant in ("intact", *EMPTY_CONTROLS)]
    return measured("focus", subjects, 0, {"folder": folder}, {})


@pytest.mark.parametrize("angle", ANGLES)
def test_a_border_lies_where_sharpness_changes_sides_and_points_to_what_is_sharp_in_a(angle):
    a, b = pair(angle, 7)
    difference = found_borders.sharpness_difference(a, b, FIELD, CUT)
    found = found_borders.borders(difference, FIELD, FIELD)
    assert len(found.row) >= 2
    assert np.abs(angle_between(found.direction_deg, np.full(len(found.row), angle))).max() < 20
    along = (found.column - (SIZE - 1) / 2) * np.cos(np.deg2rad(angle))
    along += (found.row - (SIZE - 1) / 2) * np.sin(np.deg2rad(angle))
    assert np.abs(along).max() < 5
    assert (found.first > 0.3).all() and (found.second < -0.3).all()
    swapped = found_borders.borders(found_borders.sharpness_difference(b, a, FIELD, CUT), FIELD, FIELD)
    np.testing.assert_array_equal(swapped.row, found.row)
    turned = angle_between(swapped.direction_deg, found.direction_deg)
    np.testing.assert_allclose(np.abs(turned), 180, atol=1e-6)


def test_borders_lie_half_a_field_apart_and_a_margin_inside():
    a, b = pair(0, 3)
    found = found_borders.borders(found_borders.sharpness_difference(a, b, FIELD, CUT), FIELD, 48)
    assert len(found.row) >= 2
    assert min(found.row.min(), found.column.min()) >= 48 and max(found.row.max(), found.column.max()) < SIZE - 48
    apart = np.hypot(*(found.row[:, None] - found.row, found.column[:, None] - found.column))
    assert apart[~np.eye(len(apart), dtype=bool)].min() >= FIELD // 2


@pytest.mark.parametrize("other", ["the same photograph", "a photograph blurred everywhere", "nothing in either"])
def test_without_a_change_of_sides_there_is_no_border(other):
    sharp = np.repeat((255 * texture(0)).astype(np.uint8)[:, :, None], 3, axis=2)
    flat = np.full_like(sharp, 128)
    blurred = ndimage.gaussian_filter(sharp, (4, 4, 0))
    a, b = {
        "the same photograph": (sharp, sharp),
        "a photograph blurred everywhere": (sharp, blurred),
        "nothing in either": (flat, flat),
    }[other]
    assert len(found_borders.borders(found_borders.sharpness_difference(a, b, FIELD, CUT), FIELD, FIELD).row) == 0


def test_a_window_is_what_lies_around_a_border(folder):
    seen = windows.windows(folder, 48, (23.0, 23.0), FIELD, CUT)
    assert len(seen.table) == len(seen.first) == len(seen.second) > len(ANGLES)
    row = seen.table.iloc[-1]
    with Image.open(f"{folder}/{row['file_b']}") as image:
        pixels = np.asarray(image)
    top, left = int(row["row"]) - 23, int(row["column"]) - 23
    expected = pixels[top : top + 48, left : left + 48].transpose(2, 0, 1) / np.float32(255)
    np.testing.assert_array_equal(seen.second[-1], expected)


def test_scenes_are_pairs_of_names_and_large_ones_are_reduced(tmp_path):
    write(tmp_path / "b", "two", [np.zeros((70, 1040, 3), np.uint8)] * 2)
    write(tmp_path / "a", "one", [np.zeros((64, 80, 3), np.uint8)] * 2)
    Image.new("L", (64, 64)).save(tmp_path / "a/alone_A.png")
    (tmp_path / "manifest.csv").write_text("file\n")
    found = pairs.scenes(str(tmp_path))
    assert [scene.name for scene in found] == ["a/one", "b/two"]
    assert found[0].files == ("a/one_A.png", "a/one_B.png")
    assert [part.shape for part in pairs.read(str(tmp_path), found[1])] == [(35, 520, 3)] * 2
    assert [part.shape for part in pairs.read(str(tmp_path), found[0])] == [(64, 80, 3)] * 2


def test_a_folder_without_pairs_is_said_in_one_line(tmp_path):
    Image.new("L", (64, 64)).save(tmp_path / "alone_A.png")
    with pytest.raises(HighlowError, match=r"focus_pairs: .* name them alike, with _A and _B at the end") as error:
        pairs.scenes(str(tmp_path))
    assert "\n" not in str(error.value)


def test_scenes_that_cannot_be_used_are_left_out_with_the_reason(tmp_path):
    write(tmp_path, "good", pair(0, 0))
    write(tmp_path, "same", [pair(0, 0)[0]] * 2)
    write(tmp_path, "sizes", [np.zeros((64, 80, 3), np.uint8), np.zeros((80, 64, 3), np.uint8)])
    write(tmp_path, "damaged", pair(0, 0))
    (tmp_path / "damaged_B.png").write_bytes((tmp_path / "damaged_B.png").read_bytes()[:300])
    write(tmp_path, "small", [np.zeros((20, 20, 3), np.uint8)] * 2)
    seen = windows.windows(str(tmp_path), 48, (23.0, 23.0), FIELD, CUT)
    assert set(seen.table["scene"]) == {"good"}
    reasons = seen.skipped.set_index("scene")["reason"].to_dict()
    assert set(reasons) == {"same", "sizes", "damaged", "small"}
    assert reasons["sizes"] == "80 x 64 px beside 64 x 80 px"
    assert reasons["same"] == reasons["small"] == windows.NO_BORDER
    assert reasons["damaged"].startswith("damaged")


def test_planted_detectors_point_to_what_is_in_focus_and_destroyed_copies_do_not(table):
    assert table.columns.tolist() == ["variant", *COLUMNS]
    found = {variant: claims(table[table["variant"] == variant], 0) for variant in ("intact", *EMPTY_CONTROLS)}
    assert [claim.holds for claim in found["intact"]] == [True] * 3
    assert not any(claim.holds for variant in EMPTY_CONTROLS for claim in found[variant])
    for claim in found["intact"]:
        assert claim.interval[0] <= claim.value <= claim.interval[1]
        assert claim.section and claim.limit and claim.reason


def test_the_effect_is_half_of_what_swapping_changes(table):
    rows = table[(table["variant"] == "intact") & (table["group"] == DETECTORS)]
    places = rows[rows["kind"] == "border"]
    np.testing.assert_allclose(places["effect"], (places["along_a"] - places["along_b"]) / 2)
    np.testing.assert_array_equal(places["flips"], (places["along_a"] > 0) & (places["along_b"] < 0))
    angle = np.deg2rad(places["decoded_a_deg"] - places["true_deg"])
    known = places["along_a"] != 0
    np.testing.assert_array_equal(np.sign(places["along_a"][known]), np.sign(np.cos(angle[known])))
    scenes = rows[rows["kind"] == "scene"].set_index("scene")
    np.testing.assert_allclose(scenes["effect"], places.groupby("scene")["effect"].mean().loc[scenes.index])
    (whole,) = rows[rows["kind"] == "all"].to_dict("records")
    assert whole["effect"] == pytest.approx(scenes["effect"].mean())
    # Of eight scenes that all have it, two of the 256 ways to swap them reach as much.
    assert whole["p_swapped_pairs"] == pytest.approx(2 / 256)


def test_as_many_luminance_edge_units_that_are_no_detectors_stand_beside(table):
    units = table[(table["variant"] == "intact") & (table["kind"] == "unit")]
    detectors, edges = (set(units[units["group"] == group]["unit"]) for group in (DETECTORS, EDGES))
    assert detectors == set(subject("intact").units.tolist())
    assert len(edges) == len(detectors) and not edges & detectors


def test_without_any_border_nothing_is_measurable_and_the_figure_is_drawn(tmp_path, monkeypatch):
    write(tmp_path / "pairs", "same", [pair(0, 0)[0]] * 2)
    rows = measured("focus", [subject("intact")], 0, {"folder": str(tmp_path / "pairs")}, {})
    assert rows["reason"].tolist() == [windows.NO_BORDER]
    assert [claim.holds for claim in claims(rows, 0)] == [None] * 3
    table_files.write(tmp_path / "focus.tsv", rows, {})
    monkeypatch.setenv(figx_focus.FOLDER, str(tmp_path / "pairs"))
    drawing = figx_focus.draw({"table": str(tmp_path / "focus.tsv")}, SETTINGS)
    drawing.write(str(tmp_path / "figure.png"))
    assert (drawing.summary["scenes"], drawing.summary["scenes_left_out"], drawing.summary["effect"]) == (0, 1, None)


def test_the_figure_shows_scenes_from_the_folder_that_the_environment_names(table, folder, tmp_path, monkeypatch):
    table_files.write(tmp_path / "focus.tsv", table, {})
    inputs = {"table": str(tmp_path / "focus.tsv")}
    monkeypatch.setenv(figx_focus.FOLDER, folder)
    drawing = figx_focus.draw(inputs, SETTINGS)
    drawing.write(str(tmp_path / "figure.png"))
    shown = [axes for axes in drawing.figure.get_axes() if axes.get_images()]
    assert len(shown) == 4 * figx_focus.SHOWN  # both photographs of the best and of the worst
    assert drawing.summary["scenes"] == len(ANGLES) and drawing.summary["detectors"] == 15
    assert set(drawing.summary["destroyed"]) == set(EMPTY_CONTROLS)
    monkeypatch.setenv(figx_focus.FOLDER, str(tmp_path))
    with pytest.raises(HighlowError, match=r"focus_pairs: scene .*: no such file; run again"):
        figx_focus.draw(inputs, SETTINGS)
    monkeypatch.delenv(figx_focus.FOLDER)
    with pytest.raises(HighlowError, match="set the config key focus_pairs"):
        figx_focus.draw(inputs, SETTINGS)
