"""Detectors beside drawn boundaries: known answers, planted detectors, and nothing in destroyed networks."""

import itertools
from pathlib import Path

import numpy as np
import pandas as pd
import pytest
from PIL import Image
from scipy import io as scipy_io
from scipy import ndimage

from highlow.experiments.boundaries import annotated, matching
from highlow.experiments.boundaries.claims import COLUMNS, claims
from highlow.experiments.boundaries.sides import matched_auc, sides
from highlow.experiments.claimed import INTACT, claims_of
from highlow.experiments.measured import measured
from highlow.figures import figx_boundaries
from highlow.runs.errors import HighlowError
from highlow.storage import table_files
from tests.reference import planted_subjects

SHAPE = (240, 320)
VARIANTS = (INTACT, "shuffled_space", "shuffled_channels", "random")


def blobs(generator: np.random.Generator) -> np.ndarray:
    """Return regions with smooth outlines, True for half of the picture."""
    field = ndimage.gaussian_filter(generator.normal(size=SHAPE), 28, mode="nearest")
    result: np.ndarray = field > np.median(field)
    return result


def write_scene(folder: Path, name: str, generator: np.random.Generator) -> None:
    """Write a picture with regions of fine and of coarse texture, and others that are drawn: a step of luminance."""
    fine, bright = blobs(generator), blobs(generator)
    textures = [ndimage.gaussian_filter(generator.normal(size=SHAPE), blur) for blur in (1.0, 6.0)]
    textures = [texture / texture.std() for texture in textures]
    values = 0.5 + 0.12 * np.where(fine, *textures) + np.where(bright, 0.12, -0.12)
    pixels = np.rint(255 * np.clip(values, 0, 1)).astype(np.uint8)
    drawn = bright & ~ndimage.binary_erosion(bright, border_value=1)
    for kind in (annotated.IMAGES, annotated.TRUTHS):
        (folder / kind).mkdir(exist_ok=True)
    Image.fromarray(np.repeat(pixels[..., None], 3, axis=2)).save(folder / annotated.IMAGES / f"{name}.png")
    people = np.empty((1, 2), dtype=object)
    for place in range(2):
        people[0, place] = {"Boundaries": drawn.astype(np.uint8)}
    scipy_io.savemat(folder / annotated.TRUTHS / f"{name}.mat", {"groundTruth": people}, do_compression=True)


@pytest.fixture(scope="module")
def folder(tmp_path_factory: pytest.TempPathFactory) -> Path:
    path = tmp_path_factory.mktemp("drawn")
    for index in range(5):
        write_scene(path, f"scene{index}", np.random.default_rng(index))
    return path


@pytest.fixture(scope="module")
def table(folder: Path) -> pd.DataFrame:
    subjects = map(planted_subjects.subject, VARIANTS)
    return measured("boundaries", subjects, 0, {"folder": folder}, {})


def value(rows: pd.DataFrame, population: str, measure: str) -> float:
    chosen = rows[(rows["population"] == population) & (rows["measure"] == measure)]
    return float(chosen["value"].iloc[0])


def test_planted_detectors_answer_frequency_differences_and_not_drawn_boundaries(table: pd.DataFrame):
    intact = table[table["variant"] == INTACT]
    assert tuple(table.columns) == COLUMNS
    assert value(intact, "detectors", "difference_without_boundary") > 0.8
    assert value(intact, "detectors", "points_to_finer_side_without_boundary") > 0.95
    assert value(intact, "detectors_elsewhere", "difference_without_boundary") == pytest.approx(0.5, abs=0.12)
    assert value(intact, "sobel", "best_f") > value(intact, "detectors", "best_f") + 0.1
    assert value(intact, "people", "precision") == value(intact, "people", "recall") == 1


def test_no_claim_holds_on_destroyed_networks(table: pd.DataFrame):
    found = claims_of("boundaries", table, 0)
    # The second claim needs the table of a layer behind.
    assert [claim.holds for claim in found.pop(INTACT)] == [True, None]
    assert list(found) == list(VARIANTS[1:])
    assert [claim.holds for claims in found.values() for claim in claims if claim.holds] == []


@pytest.mark.parametrize(("value", "low", "holds"), [(0.7, 0.65, True), (0.7, 0.63, False), (np.nan, np.nan, None)])
def test_a_claim_needs_all_of_its_interval_above_the_limit(value: float, low: float, holds: bool | None):
    row = {"population": "detectors", "measure": "difference_without_boundary", "value": value, "low": low, "high": 0.8}
    assert [claim.holds for claim in claims(pd.DataFrame([row]), 0)] == [holds, None]


def matched_by_trying(found: np.ndarray, drawn: np.ndarray, tolerance: float) -> int:
    """Return how many pixels can be matched one to one, by augmenting paths over all pairs of them."""
    left, right = np.argwhere(found), np.argwhere(drawn)
    near = np.hypot(*(left[:, None] - right[None]).transpose(2, 0, 1)) <= tolerance
    partner: dict[int, int] = {}

    def matches(pixel: int, seen: set[int]) -> bool:
        for other in np.flatnonzero(near[pixel]).tolist():
            if other not in seen:
                seen.add(other)
                if other not in partner or matches(partner[other], seen):
                    partner[other] = pixel
                    return True
        return False

    return sum(matches(pixel, set()) for pixel in range(len(left)))


@pytest.mark.parametrize("seed", range(8))
def test_precision_and_recall_are_those_of_every_pair_tried(seed: int):
    generator = np.random.default_rng(seed)
    ridge = generator.random((12, 15)) * (generator.random((12, 15)) < 0.3)
    drawn = generator.random((1, 12, 15)) < 0.2
    for threshold, tolerance in itertools.product((0.2, 0.6), (1.0, 2.3)):
        agreed = matching.agreements(ridge, drawn, np.array([threshold]), tolerance)
        counted = matching.counts(agreed, drawn)
        expected = matched_by_trying(ridge >= threshold, drawn[0], tolerance)
        assert counted.matched[0] == counted.recalled[0] == expected
        precision, recall, f = matching.precision_recall(counted.stacked())
        share = expected / (ridge >= threshold).sum(), expected / drawn.sum()
        assert (precision[0], recall[0]) == pytest.approx(share)
        assert f[0] == pytest.approx(2 * expected / ((ridge >= threshold).sum() + drawn.sum()))


def test_precision_counts_a_pixel_once_and_recall_every_person():
    drawn = np.zeros((2, 5, 5), dtype=bool)
    drawn[0, 2, 2] = drawn[1, 2, 3] = drawn[1, 0, 0] = True
    ridge = np.zeros((5, 5))
    ridge[2, 2] = ridge[4, 0] = 1.0
    counted = matching.counts(matching.agreements(ridge, drawn, np.array([0.5]), 1.0), drawn)
    assert counted.stacked()[:, 0].tolist() == [1, 2, 2, 3]


def test_ridges_of_a_bump_are_its_crest():
    x = np.arange(40.0)
    bump = np.repeat(np.exp(-(((x - 20) / 4) ** 2))[None], 40, axis=0)
    assert np.flatnonzero(matching.ridges(bump).any(axis=0)).tolist() == [20]


def test_sides_tell_the_finer_one():
    generator = np.random.default_rng(0)
    coarse, fine = (ndimage.gaussian_filter(generator.normal(size=(80, 80)), blur) for blur in (6.0, 0.5))
    half = np.where(np.arange(80)[None] < 40, coarse / coarse.std(), fine / fine.std())
    pixels = np.rint(255 * np.clip(0.5 + 0.1 * half, 0, 1)).astype(np.uint8)
    found = sides(np.repeat(pixels[..., None], 3, axis=2), 21.0, 6.0)
    assert found.difference_db[20, 20] > 6
    assert found.direction_deg[20, 20] == 0  # to the right
    assert found.difference_db[20, 33] < found.difference_db[20, 20] / 2


def test_the_chance_of_pairs_is_that_of_all_pairs_of_a_cell():
    generator = np.random.default_rng(0)
    values = generator.integers(0, 5, 60).astype(float)
    kind, cell = generator.integers(0, 3, 60), generator.integers(0, 4, 60)
    total = weight = 0.0
    for one in range(4):
        left, right = (values[(kind == group) & (cell == one)] for group in (0, 1))
        wins = [(a > b) + 0.5 * (a == b) for a, b in itertools.product(left, right)]
        total, weight = total + sum(wins) / (len(left) + len(right)), weight + len(wins) / (len(left) + len(right))
    assert matched_auc(values, kind == 0, kind == 1, cell) == pytest.approx((total, weight))


@pytest.mark.parametrize("content", [b"", b"no matrix", b"MATLAB 5.0 MAT-file".ljust(126) + b"\x00\x01IM\x0f\0\0\0\5"])
def test_a_damaged_file_of_boundaries_ends_with_one_line(content: bytes, tmp_path: Path):
    path = tmp_path / "a.mat"
    path.write_bytes(content)
    with pytest.raises(HighlowError, match="not a readable file of human boundaries") as caught:
        annotated.read_truth(path)
    assert "\n" not in str(caught.value)


def test_a_folder_without_pairs_says_what_is_expected(tmp_path: Path):
    with pytest.raises(HighlowError, match="no image below images/"):
        annotated.pairs(tmp_path)


def test_the_figure_says_what_was_measured(table: pd.DataFrame, tmp_path: Path):
    path = tmp_path / "boundaries.tsv"
    table_files.write(path, table, {})
    drawn = figx_boundaries.draw({"table": str(path)}, {"title": "", "layer": "mixed3a", "branch": "3x3", "seed": 0})
    assert drawn.summary["best_f"]["detectors"] == pytest.approx(
        value(table[table["variant"] == INTACT], "detectors", "best_f")
    )
    assert list(drawn.summary["difference_without_boundary"]) == list(VARIANTS)
    assert drawn.summary["images"] == 5
