"""The explorer's data are the results' own numbers, complete, checked and the same bytes again."""

import re
import shutil
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from highlow.circuits import detection
from highlow.explorer import data_file, evidence, sheets
from highlow.probes import response_file
from highlow.storage import verification
from tests.reference import small_explorer
from tests.reference.explorer_data import registered, unpacked
from tests.reference.small_explorer import BEHIND, BRANCHES, IMAGES, POOL, SOURCE, STUDIED


@pytest.fixture(scope="module")
def folder(tmp_path_factory):
    root = tmp_path_factory.mktemp("explorer")
    small_explorer.build(root)
    return root


@pytest.fixture(scope="module")
def explorer(folder):
    return folder / "results/small/explorer"


def units():
    return [(layer, unit) for layer, branches in BRANCHES.items() for unit in range(len(branches))]


def test_every_unit_has_its_surface_as_measured(folder, explorer):
    for layer, unit in units():
        path = explorer / f"layers/{layer}/{unit}.js"
        assert path.read_text().startswith(f'highlow.register("{layer}/{unit}",')
        content = registered(path)
        with h5py.File(folder / f"activations/{layer}/high_low.h5") as file:
            expected = file["response"][..., unit].mean(axis=2)[:, :-1]
        np.testing.assert_array_equal(unpacked(content["surface"]), expected)
        assert (content["balanced"] is not None) == (layer == STUDIED)


def test_the_columns_are_those_of_the_table(folder, explorer):
    table = pd.read_csv(folder / "tables/detectors.tsv", sep="\t").sort_values("unit")
    content = registered(explorer / f"layers/{STUDIED}/layer.js")
    assert content["count"] == len(table)
    for column in table.columns.drop(["layer", "unit"]):
        found = [np.nan if value is None else value for value in content["columns"][column]]
        assert pd.Series(found, dtype=table[column].dtype).equals(table[column].reset_index(drop=True)), column
    for column, name, sign in (("picture_response", STUDIED, 1), ("negative_response", f"{STUDIED}_negative", -1)):
        with h5py.File(folder / f"pictures/{name}.h5") as file:
            np.testing.assert_allclose(content["columns"][column], sign * file["activation"][...], rtol=1e-8)
    source = registered(explorer / f"layers/{SOURCE}/layer.js")
    with h5py.File(folder / f"factors/{POOL}_to_{STUDIED}.h5") as file:
        np.testing.assert_allclose(source["columns"]["hf_weight"], file["channel_factor"][0], rtol=1e-8)


def test_the_strongest_stimulus_of_a_family_is_found(folder, explorer):
    response, axes, _ = response_file.read(folder / f"activations/{BEHIND}/colour_edge.h5")
    mean = response.mean(axis=2, dtype=np.float64)
    for unit in range(len(BRANCHES[BEHIND])):
        found = registered(explorer / f"layers/{BEHIND}/{unit}.js")["controls"]["colour_edge"]
        pair, orientation = np.unravel_index(mean[..., unit].argmax(), mean.shape[:2])
        assert found["response"] == pytest.approx(mean[pair, orientation, unit], rel=1e-8)
        assert found["at"] == {"pair": axes["pair"][pair], "orientation": axes["orientation"][orientation]}


def test_inputs_and_users_are_the_strongest_weights(folder, explorer):
    with h5py.File(folder / f"expanded_weights/{POOL}_to_{STUDIED}.h5") as file:
        whole = {branch: (file[branch]["unit"][...], file[branch]["weight"][...]) for branch in ("1x1", "3x3")}
    for unit in range(len(BRANCHES[STUDIED])):
        content = registered(explorer / f"layers/{STUDIED}/{unit}.js")
        (group,) = content["inputs"]
        assert group["through"] == POOL
        numbers, weight = whole[BRANCHES[STUDIED][unit]]
        own = weight[np.flatnonzero(numbers == unit)[0]]
        norms = np.sqrt((own.astype(float) ** 2).sum(axis=(1, 2)))
        assert [item["unit"] for item in group["units"]] == np.argsort(-norms).tolist()
        for item in group["units"]:
            assert item["layer"] == SOURCE
            assert item["norm"] == pytest.approx(norms[item["unit"]])
            np.testing.assert_array_equal(unpacked(item["weight"]), own[item["unit"]])
    users = registered(explorer / f"layers/{SOURCE}/2.js")["users"][0]["units"]
    expected = {
        int(unit): float(np.sqrt((own[2].astype(float) ** 2).sum()))
        for numbers, weight in whole.values()
        for unit, own in zip(numbers, weight, strict=True)
    }
    assert [item["unit"] for item in users] == sorted(expected, key=lambda unit: -expected[unit])


def test_examples_say_what_the_unit_sees(folder, explorer):
    with h5py.File(folder / f"dataset_examples/{STUDIED}.h5") as file:
        image, position, score = (file[name][...] for name in ("image", "position", "score"))
    for unit in range(len(BRANCHES[STUDIED])):
        found = registered(explorer / f"layers/{STUDIED}/{unit}.js")["examples"]
        assert len(found) == (2 if unit == 0 else 3)  # one was missing
        for rank, example in enumerate(found):
            assert example["image"] == image[unit, rank]
            assert (example["top"], example["left"]) == tuple(8 * position[unit, rank] - 14)
            assert example["response"] == pytest.approx(score[unit, rank])
    names = registered(explorer / "photographs/names.js")
    assert names["names"] == {str(index): f"{index}.png" for index in range(IMAGES)}
    with Image.open(explorer / "photographs/2.jpg") as picture:
        assert (picture.size, picture.getpixel((9, 9))) == ((224, 224), (100, 100, 100))


def test_conditions_say_why_a_unit_was_refused(folder, explorer):
    table = pd.read_csv(folder / "tables/detectors.tsv", sep="\t")
    separation = h5py.File(folder / f"factors/{POOL}_to_{STUDIED}.h5").attrs["frequency_separation_octaves"]
    met = pd.DataFrame(detection.conditions(table, separation)).set_index(table["unit"])
    for unit in range(len(table)):
        found = registered(explorer / f"layers/{STUDIED}/{unit}.js")["conditions"]
        assert {item["name"]: item["met"] for item in found} == met.loc[unit].to_dict()
        values = {item["name"]: item["value"] for item in found}
        assert values["score"] == pytest.approx(table.set_index("unit").loc[unit, "score"])
        assert (values["map correlation"] is None) == (BRANCHES[STUDIED][unit] == "1x1")
    assert {name for name, *_ in evidence.LIMITS} | {"factor separation"} == set(met.columns)


def test_every_file_is_as_it_was_written_and_none_is_unknown(explorer, tmp_path):
    found = verification.verify(explorer.parents[1])
    assert [item for item in found.findings if item.word != "stale"] == []
    assert found.checked == sum(path.is_file() for path in explorer.rglob("*"))
    again = small_explorer.build(tmp_path)
    for path in filter(lambda path: path.is_file(), explorer.rglob("*")):
        assert path.read_bytes() == (again / path.relative_to(explorer)).read_bytes(), path.name


@pytest.mark.parametrize(
    ("name", "manifest"),
    [
        (f"layers/{STUDIED}/5.js", f"layers/{STUDIED}"),
        ("photographs/1.jpg", "photographs"),
        ("program/core.js", "index"),
    ],
)
def test_what_is_damaged_or_missing_is_named(explorer, tmp_path, name, manifest):
    copy = Path(shutil.copytree(explorer.parents[1], tmp_path / "results"))
    folder = copy / "small/explorer"

    def findings():
        return {(item.file, item.word) for item in verification.verify(copy).findings if item.word != "stale"}

    whole = (folder / name).read_bytes()
    (folder / name).write_bytes(whole[:-1] + b"?")
    assert findings() == {(f"small/explorer/{name}", "damaged")}
    (folder / name).unlink()
    assert findings() == {(f"small/explorer/{name}", "missing")}
    (folder / name).write_bytes(whole)
    (folder / f"{manifest}.provenance.json").unlink()
    assert findings() == {(f"small/explorer/{manifest}.provenance.json", "missing")}


def test_nothing_in_the_page_leads_outside(explorer):
    program = explorer / "program"
    for path in (explorer / "index.html", *program.iterdir()):
        outside = set(re.findall(r"https?://[^\s\"'`)]+", path.read_text()))
        assert outside <= {"http://www.w3.org/2000/svg"}, path.name  # a name, not an address
    listed = re.findall(r'(?:src|href)="(program/[^"]+)"', (explorer / "index.html").read_text())
    assert {path.name for path in program.iterdir()} == {name.removeprefix("program/") for name in listed}
    assert all(len(path.read_text().splitlines()) <= 400 for path in program.iterdir())


def test_pictures_lie_side_by_side_in_whole_blocks():
    images = np.stack([np.full((20, 20, 3), value, np.uint8) for value in (10, 200)])
    sheet, place = sheets.sheet(images, np.array([0, 4]), 5)
    assert place == {"size": 20, "cell": 24, "columns": 3, "rows": 2}
    assert (sheet[:24, :24] == 10).all()
    assert (sheet[24:48, 24:48] == 200).all()
    assert (sheet[:24, 24:] == 128).all()


def test_numbers_that_are_none_are_null():
    assert data_file.numbers(np.array([np.nan, np.inf, 1 / 3])) == [None, None, 0.333333333]
    assert data_file.numbers(np.array([1, 2])) == [1, 2]
