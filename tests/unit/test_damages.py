"""Sixty random damages of small results: each is named by `highlow verify`, and nothing beside it."""

import os
import random
from pathlib import Path

import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
from PIL import Image

from highlow import __main__
from highlow.figures.drawing import Drawing
from highlow.pictures import picture_file
from highlow.storage import checksums, hdf5_files, provenance, table_files, verification
from tests.conftest import REPOSITORY
from tests.reference import damages

TIMES = 60
LEFT_BY_OTHERS = (
    *(".DS_Store", "._found.tsv", "Thumbs.db", "desktop.ini", ".directory", ".nfs000000000001", ".~lock.a.tsv#"),
    *(".found.tsv.swp", "found.tsv~", "~$found.xlsx", ".Trash-1000/a", ".git/config", ".fuse_hidden0001"),
    *(".ipynb_checkpoints/a-checkpoint.tsv", "__MACOSX/a", "lost+found/a"),
)


def hdf5(path, **inputs):
    with hdf5_files.create(path, provenance.made_from(inputs)) as file:
        hdf5_files.write_array(file, path.stem, np.arange(40.0), compress=True)
        file["n"] = len(path.parts[-2]) + len(path.stem)
    return path


def table(path, **inputs):
    name = path.name
    table_files.write(path, pd.DataFrame({"unit": [1, 2], name: [0.5, 0.25]}), provenance.made_from(inputs))
    return path


def made(folder):
    """Make results as the pipeline lays them out: two families of stimuli, two networks, figures, pictures, images."""
    stimuli = {name: hdf5(folder / f"stimuli/{name}.h5") for name in ("a", "b")}
    images = folder / "images/generated"
    images.mkdir(parents=True)
    for index in range(3):
        Image.fromarray(np.full((4, 4, 3), index, np.uint8)).save(images / f"{index}.png")
    names = [f"generated/{index}.png" for index in range(3)]
    checksums.write_json(folder / "images/generated.provenance.json", {"files": checksums.hashed(images.parent, names)})
    for network in ("n", "long_name"):
        root = folder / network
        weights = hdf5(root / "weights.h5")
        answers = {
            name: hdf5(root / f"activations/layer/{name}.h5", stimuli=path, weights=weights)
            for name, path in stimuli.items()
        }
        found = table(root / "tables/found.tsv", **answers)
        hdf5(root / "factors/c_to_d.h5", candidates=found, weights=weights)
        table(root / "scorecard.tsv", detectors=found)
        drawing = Drawing(plt.figure(figsize=(1, 1)), pd.DataFrame({"x": [len(network)]}), {})
        drawing.save(str(root / "figures/fig01"), {"found": found, "weights": weights}, {})
        one, pixels = np.ones(2), np.zeros((2, 8, 8, 3), np.uint8)
        pixels[1] = len(network)
        pictures = picture_file.Pictures(network, "layer", np.array([3, 5]), pixels, one, one, one > 0)
        picture_file.write_png(root / "pictures/layer", pictures)
        for name in ("logs/a.log", "benchmarks/a.tsv"):
            (root / name).parent.mkdir(exist_ok=True)
            (root / name).write_text("not checked")
    return folder


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = made(tmp_path_factory.mktemp("made") / "results")
    assert verification.verify(folder).findings == []
    return folder, damages.known(folder)


@pytest.fixture
def folder(original):
    """A copy that harm can be done to."""
    with damages.copied(original[0]) as folder:
        yield folder


def said(folder):
    with damages.without_rights():
        return {(finding.file, finding.word) for finding in verification.verify(folder).findings}


@pytest.mark.parametrize("time", range(TIMES))
def test_a_damage_is_named_and_nothing_beside_it(time, original, folder):
    _, whole = original
    damage = damages.do(damages.KINDS[time % len(damages.KINDS)], folder, random.Random(time), (whole, set()))
    wanted = damages.expected([damage], whole)
    assert wanted and said(folder) == wanted


def test_many_damages_at_once_are_named_and_nothing_beside_them(original, folder):
    _, whole = original
    done = damages.do_many(damages.KINDS * TIMES, folder, random.Random(0), whole)
    assert len(done) >= 10
    assert said(folder) == damages.expected(done, whole)


@pytest.mark.parametrize("part", ["n", "n/activations", "n/tables", "n/pictures/layer", "images/generated", "stimuli"])
def test_of_a_part_only_what_is_wrong_in_it_is_told(original, folder, part):
    _, whole = original
    assert said(folder / part) == set()
    (folder / "long_name/weights.h5").write_bytes(b"damaged")
    (folder / "stimuli/a.h5").chmod(0)
    wanted = damages.expected([damages.Damage({"stimuli/a.h5"}, {("stimuli/a.h5", "damaged")})], whole)
    below = {(name.removeprefix(f"{part}/"), word) for name, word in wanted if name.startswith(f"{part}/")}
    assert said(folder / part) == below


def test_what_a_part_elsewhere_was_made_from_is_not_compared_and_that_is_said(folder, capsys):
    part = (folder / "n").rename(folder.parent / "n")
    assert __main__.main(["verify", str(part)]) == 0
    assert "what 2 of them were made from is not in this folder, and was not compared" in capsys.readouterr().err
    (part / "tables/found.tsv").write_text("unit\n")
    assert said(part) == {("tables/found.tsv", "damaged")}


def test_a_copy_of_another_name_is_known_by_its_content(folder):
    copy = folder.rename(folder.parent / "copy")
    (copy / "stimuli/b.h5").unlink()
    assert said(copy) == {(f"{network}/activations/layer/b.h5", "stale") for network in ("n", "long_name")}
    assert said(copy / "n") == {("activations/layer/b.h5", "stale")}


def test_a_single_file_is_verified_with_its_manifest(folder, capsys):
    for name in ("n/weights.h5", "n/tables/found.tsv", "n/figures/fig01.svg", "images/generated/0.png"):
        assert __main__.main(["verify", str(folder / name)]) == 0
        assert "1 file is as it was written" in capsys.readouterr().err
    (folder / "n/figures/fig01.svg").write_text("other")
    assert said(folder / "n/figures/fig01.svg") == {("fig01.svg", "damaged")}
    assert said(folder / "n/figures/fig01.png") == set()


def test_links_to_results_to_files_and_to_folders(folder):
    real = folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(real)
    assert said(folder) == said(folder / "n") == set()
    # A link inside that leads to where files are reached without it too, and a file behind a link.
    (real / "alias").symlink_to(real / "n")
    weights = (real / "n/weights.h5").rename(folder.parent / "weights.h5")
    (real / "n/weights.h5").symlink_to(weights)
    assert said(folder) == said(folder / "alias") == set()
    weights.unlink()
    (real / "n/figures/fig01.png").unlink()
    (real / "n/figures/fig01.png").symlink_to("nowhere")
    (real / "n/loop").symlink_to("loop")
    damaged = [name for name, word in said(folder / "n") if word == "damaged"]
    assert sorted(damaged) == ["figures/fig01.png", "loop", "weights.h5"]


def test_names_that_no_text_has_are_told(folder, capsys):
    (folder / "n" / b"\xff.txt".decode(errors="surrogateescape")).write_text("x")
    assert __main__.main(["verify", str(folder)]) == 1
    assert "foreign    'n/\\udcff.txt'" in capsys.readouterr().out


def test_what_systems_and_editors_leave_is_of_no_interest(folder):
    for name in LEFT_BY_OTHERS:
        (folder / "n/tables" / name).parent.mkdir(exist_ok=True)
        (folder / "n/tables" / name).write_text("x")
    assert said(folder) == set()
    (folder / "n/tables/.t.tsv.0123456789ab-12-7-abcdefgh.tsv").write_text("half")
    assert said(folder) == {("n/tables/.t.tsv.0123456789ab-12-7-abcdefgh.tsv", "unfinished")}


def flipped(path):
    path.write_bytes(bytes([path.read_bytes()[0] ^ 1]) + path.read_bytes()[1:])


def written(path):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_text("x")


def linked(path):
    path.unlink()
    path.symlink_to("nowhere")


def anew(path):
    with hdf5_files.create(path, {"inputs": {}}) as file:
        file["other"] = 1


FOUND, FIGURE, WEIGHTS = "n/tables/found", "n/figures/fig01", "n/weights.h5"
TEMPORARY = "n/.a.tsv.0123456789ab-12-7-abcdefgh.tsv"
ANSWERS = [f"n/activations/layer/{name}.h5" for name in ("a", "b")]
MADE_FROM_WEIGHTS = [*ANSWERS, "n/factors/c_to_d.h5", f"{FIGURE}.json"]
# By the first words of a row of the page: what is done to which file, and what is named then.
ROWS = {
    "a bit flipped": [(flipped, f"{FOUND}.tsv", [f"{FOUND}.tsv"])],
    "a file may not": [(lambda path: path.chmod(0), f"{FOUND}.tsv", [f"{FOUND}.tsv"])],
    "a link leads": [(linked, f"{FOUND}.tsv", [f"{FOUND}.tsv"])],
    "a folder may": [(lambda path, mode=mode: path.chmod(mode), "n/pictures", ["n/pictures"]) for mode in (0, 0o444)],
    "a table,": [
        (Path.unlink, name, [name]) for name in (f"{FOUND}.tsv", f"{FIGURE}.svg", "n/pictures/layer/layer_3.png")
    ],
    "the JSON beside a figure": [
        (Path.unlink, name, [name])
        for name in (f"{FIGURE}.json", "n/pictures/layer/manifest.json", f"{FOUND}.provenance.json")
    ],
    "the JSON beside a table": [(Path.unlink, "n/scorecard.provenance.json", ["n/scorecard.tsv"])],
    "an HDF5 file": [(harm, WEIGHTS, MADE_FROM_WEIGHTS) for harm in (anew, Path.unlink)],
    "a file that": [(written, "n/notes.txt", ["n/notes.txt"]), (os.mkfifo, "n/pipe", ["n/pipe"])],
    "a temporary file": [(written, TEMPORARY, [TEMPORARY])],
    "a hidden file": [(written, f"n/tables/{name}", []) for name in LEFT_BY_OTHERS],
    "logs,": [(written, name, []) for name in ("n/logs/a.log", "n/benchmarks/a.tsv", "README.md")],
}


def rows_of_the_page():
    """Return what happened and the word, of each row of the page."""
    text = (REPOSITORY / "docs/how-to/verify-results.md").read_text().split("| what happened |")[1].split("\n\n")[0]
    rows = [line.strip("|").split("|") for line in text.splitlines()[2:]]
    return {row[0].strip(): row[2].strip(" `") for row in rows}


@pytest.mark.parametrize("row", rows_of_the_page())
def test_the_page_says_what_each_case_is_called(row, folder):
    (cases,) = [cases for start, cases in ROWS.items() if row.startswith(start)]
    for harm, name, named in cases:
        with damages.copied(folder) as copy:
            harm(copy / name)
            assert said(copy) == {(file, rows_of_the_page()[row]) for file in named}, name


def test_every_case_has_a_row():
    assert len(ROWS) == len(rows_of_the_page())


def test_a_folder_that_may_not_be_listed_itself_is_one_line(folder, capsys):
    (folder / "n").chmod(0)
    with damages.without_rights():
        assert __main__.main(["verify", str(folder / "n")]) == 1
    assert "Permission denied; check the permissions of the folder" in capsys.readouterr().err
