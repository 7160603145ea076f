"""Every change of an output is found by its reader and by `highlow verify`, and named."""

import os
import sys
import tomllib
from pathlib import Path

import h5py
import matplotlib.pyplot as plt
import numpy as np
import pandas as pd
import pytest
import torch
from hypothesis import HealthCheck, given, settings
from hypothesis import strategies as st
from PIL import Image

from highlow import __main__
from highlow.figures import page
from highlow.figures.drawing import Drawing
from highlow.pictures import generated_images, image_table, picture_file
from highlow.runs.errors import HighlowError
from highlow.storage import checksums, hdf5_files, provenance, table_files, tensor_file, verification
from highlow.training import run
from tests.conftest import REPOSITORY

UNCHECKED = [HealthCheck.function_scoped_fixture, HealthCheck.too_slow]
FEW = settings(max_examples=15, deadline=None, suppress_health_check=UNCHECKED)
MANY = settings(FEW, max_examples=100)


# One file of each kind, and how the pipeline reads it ---------------------------------------------------------------


def hdf5(folder):
    with hdf5_files.create(folder / "stimuli/a.h5", provenance.made_from(seed=1)) as file:
        hdf5_files.write_array(file, "x", np.arange(600, dtype="<f4"), compress=True)
        file["y"] = np.zeros(300)
    return folder / "stimuli/a.h5", read_hdf5


def read_hdf5(path):
    with hdf5_files.opened(path) as file:
        return file["x"][...]


def table(folder):
    path = folder / "n/tables/t.tsv"
    table_files.write(path, pd.DataFrame({"unit": [1, 2, 3], "score": [0.5, 0.25, np.nan]}), provenance.made_from())
    return path, table_files.read


def table_manifest(folder):
    path, read = table(folder)
    return table_files.provenance_path(path), lambda manifest: read(path)


def images(folder):
    rows = [(0, "a b.png", "0" * 64, 96, 80, "used", ""), (1, "b.png", "", 0, 0, "skipped", "empty file")]
    path = folder / "images/images.tsv"
    image_table.write(path, [image_table.Row(*row) for row in rows], provenance.made_from())
    return path, lambda table: list(image_table.rows(table))


def report(folder):
    path = folder / "training/r/report.json"
    checksums.write_json(path, {"measured": {"loss": 0.1, "é": [1e-7, None, True]}, **provenance.made_from()})
    return path, checksums.read_json


def state(folder):
    path = folder / "training/r/state/state.safetensors"
    tensor_file.save(path, {"a": torch.arange(50.0), "b": torch.zeros(3)}, {"settings": '{"a": "b"}'})
    return path, tensor_file.load


def figure(folder):
    drawing = Drawing(plt.figure(figsize=(1, 1)), pd.DataFrame({"x": [1.5]}), {"n": 3})
    drawing.save(str(folder / "n/figures/f"), {}, {})
    (folder.parent / "f.rst").write_text("words")
    return folder / "n/figures/f.svg", lambda path: page.read_figure(folder / "n/figures/f.svg", folder.parent)


def figure_part(suffix):
    def part(folder):
        path, read = figure(folder)
        return path.with_suffix(suffix), read

    part.__name__ = f"figure_{suffix[1:]}"
    return part


def generated(folder):
    path = folder / "images/generated"
    path.mkdir(parents=True)
    Image.fromarray(np.zeros((4, 4, 3), np.uint8)).save(path / "a.png")
    manifest = table_files.provenance_path(path)
    checksums.write_json(manifest, {"files": checksums.hashed(path.parent, ["generated/a.png"])})
    return path / "a.png", lambda damaged: checksums.check_files(manifest)


READ = [hdf5, table, table_manifest, images, report, state, figure, *map(figure_part, (".png", ".tsv", ".json"))]
READ.append(generated)
KINDS = pytest.mark.parametrize("kind", READ, ids=lambda kind: kind.__name__)


def refused(path, read):
    """Return whether the reader ends in one line that names a file beside or at the path."""
    with pytest.raises(HighlowError) as caught:
        read(path)
    text = str(caught.value)
    assert path.name in text and "\n" not in text
    return True


def words(folder):
    return {(finding.file, finding.word) for finding in verification.verify(folder).findings}


@KINDS
@FEW
@given(data=st.data())
def test_a_truncated_file_is_named_by_its_reader_and_by_verify(kind, data, tmp_path_factory):
    folder = tmp_path_factory.mktemp("made") / "results"
    path, read = kind(folder)
    read(path)
    assert verification.verify(folder).findings == []
    content = path.read_bytes()
    path.write_bytes(content[: data.draw(st.integers(0, len(content) - 1))])
    assert refused(path, read)
    assert (path.relative_to(folder).as_posix(), "damaged") in words(folder)


@pytest.fixture(scope="module", params=READ, ids=lambda kind: kind.__name__)
def whole(request, tmp_path_factory):
    """A file of a kind, its reader, its content and the folder of results."""
    folder = tmp_path_factory.mktemp("whole") / "results"
    path, read = request.param(folder)
    return path, read, path.read_bytes(), folder


@MANY
@given(data=st.data())
def test_one_flipped_bit_anywhere_is_named_by_the_reader(whole, data):
    path, read, content, _ = whole
    place = data.draw(st.integers(0, 8 * len(content) - 1))
    flipped = bytearray(content)
    flipped[place // 8] ^= 1 << place % 8
    path.write_bytes(flipped)
    try:
        assert refused(path, read)
    finally:
        path.write_bytes(content)
    read(path)


@FEW
@given(data=st.data())
def test_one_flipped_bit_anywhere_is_named_by_verify(whole, data):
    path, _, content, folder = whole
    place = data.draw(st.integers(0, 8 * len(content) - 1))
    flipped = bytearray(content)
    flipped[place // 8] ^= 1 << place % 8
    path.write_bytes(flipped)
    try:
        assert words(folder) == {(path.relative_to(folder).as_posix(), "damaged")}
    finally:
        path.write_bytes(content)


@pytest.mark.parametrize("make", [report, hdf5, state])
def test_every_byte_around_a_checksum_counts(make, tmp_path):
    path, _ = make(tmp_path)
    content = path.read_bytes()
    for place in range(0, 8 * min(len(content), 560), 3):  # in there lie the checksums; any bit of a byte comes up
        flipped = bytearray(content)
        flipped[place // 8] ^= 1 << place % 8
        if make is report:
            with pytest.raises(ValueError):
                checksums.parsed_json(bytes(flipped))
        elif make is state:
            assert not tensor_file.is_whole(flipped)
        else:
            with path.open("r+b") as file:
                file.seek(place // 8)
                file.write(flipped[place // 8 : place // 8 + 1])
            assert not checksums.is_sealed(path)
            with path.open("r+b") as file:
                file.write(content[:560])
    if make is hdf5:
        assert checksums.is_sealed(path)


@FEW
@given(content=st.dictionaries(st.text(), st.integers() | st.lists(st.floats() | st.text(max_size=5)), max_size=5))
def test_json_comes_back_and_its_bytes_do_not_depend_on_order(content, tmp_path_factory):
    content.pop(checksums.KEY, None)
    path = tmp_path_factory.mktemp("json") / "a.json"
    checksums.write_json(path, content)
    first = path.read_bytes()
    found = checksums.read_json(path)
    checksums.write_json(path, dict(reversed(found.items())))
    assert path.read_bytes() == first


@pytest.mark.parametrize("old,new", [(b"1e-07", b"1E-07"), (b"0.5\n", b"0.50\n"), (b"}\n", b"}"), (b" ", b"  ")])
def test_json_that_means_the_same_is_not_the_same(tmp_path, old, new):
    path = tmp_path / "a.json"
    checksums.write_json(path, {"small": 1e-7, "z": 0.5})
    content = path.read_bytes()
    assert old in content
    path.write_bytes(content.replace(old, new, 1))
    with pytest.raises(HighlowError, match=r"a\.json: does not match its checksum"):
        checksums.read_json(path)


def test_pictures_have_a_manifest(tmp_path):
    one = np.ones(2)
    pixels = np.zeros((2, 8, 8, 3), np.uint8)
    pictures = picture_file.Pictures("n", "l", np.array([3, 5]), pixels, one, one, one > 0)
    folder = tmp_path / "n/pictures/l"
    picture_file.write_png(folder, pictures)
    assert sorted(path.name for path in folder.iterdir()) == ["l_3.png", "l_5.png", "manifest.json"]
    assert words(tmp_path) == set()
    (folder / "l_3.png").write_bytes((folder / "l_3.png").read_bytes()[:-1])
    assert words(tmp_path) == {("n/pictures/l/l_3.png", "damaged")}


def test_generated_images_have_their_checksums_beside_them(tmp_path, monkeypatch):
    monkeypatch.setattr(generated_images, "images", lambda seed: {"a": np.zeros((4, 4, 3), np.uint8)})
    generated_images.write(tmp_path / "images/generated", 0)
    assert words(tmp_path) == set()
    (tmp_path / "images/generated/a.png").unlink()
    assert words(tmp_path) == {("images/generated/a.png", "missing")}


def test_a_finished_training_run_is_covered(tmp_path):
    found = run.Trained({"steps": 1}, np.zeros((1, 3)), {"conv2d0": (torch.zeros(2), torch.ones(2))}, {"loss": 1.0})
    for step in (0, 1):
        run.snapshots.keep(tmp_path / "training/r/state", step, found.weights)
    run.write(tmp_path / "training/r", tmp_path / "training/r/state", found, provenance.made_from())
    assert words(tmp_path) == set()
    weights = tmp_path / "training/r/weights.safetensors"
    weights.write_bytes(weights.read_bytes()[:-1] + b"x")
    kept = tmp_path / "training/r/state/step_00000001.safetensors"
    kept.write_bytes(kept.read_bytes()[:-1] + b"x")
    assert words(tmp_path) == {(str(path.relative_to(tmp_path)), "damaged") for path in (weights, kept)}
    with pytest.raises(HighlowError, match=r"step_00000001\.safetensors: does not match its checksum"):
        run.snapshots.load(kept.parent, 1)


# highlow verify ------------------------------------------------------------------------------------------------------


@pytest.fixture
def results(tmp_path):
    """A small folder of results: a table made from an HDF5 file, a figure, a log."""
    folder = tmp_path / "results"
    source, _ = hdf5(folder)
    origin = provenance.made_from(inputs={"stimuli": source}, outside={"record": Path(__file__)})
    table_files.write(folder / "n/tables/t.tsv", pd.DataFrame({"unit": [1]}), origin)
    figure(folder)
    for name in ("n/logs/a.log", "n/benchmarks/b/a.tsv", "README.md", "n/figures/.snakemake_timestamp"):
        (folder / name).parent.mkdir(parents=True, exist_ok=True)
        (folder / name).write_text("what differs from run to run")
    return folder


def outcome(capsys, folder):
    """Return the exit status of the command, its lines, and its last one."""
    status = __main__.main(["verify", str(folder)])
    captured = capsys.readouterr()
    return status, captured.out.splitlines(), captured.err.splitlines()[-1]


def test_what_was_written_is_as_it_was_written(results, capsys):
    status, lines, last = outcome(capsys, results)
    assert (status, lines) == (0, [])
    assert last == f"{results}: 7 files are as they were written (logs and benchmarks are not checked)"


def test_each_word(results, capsys):
    (results / "n/figures/f.png").write_bytes(b"other pixels")
    (results / "n/figures/f.tsv").unlink()
    with hdf5_files.create(results / "stimuli/a.h5", {"seed": 4}) as file:
        file["x"] = 1
    (results / "n/notes.txt").write_text("mine")
    with h5py.File(results / "n/mine.h5", "w") as file:
        file["x"] = 1
    (results / "n/mine.json").write_text("{}")
    (results / "n/tables/.t.tsv.0123456789ab-12-7-abcdefgh.tsv").write_text("half")
    status, lines, last = outcome(capsys, results)
    assert status == 1
    assert last == f"error: {results}: 1 damaged, 1 missing, 1 stale, 3 foreign, 1 unfinished; 10 files checked"
    assert [line.split(":")[0].split() for line in lines] == [
        ["damaged", "n/figures/f.png"],
        ["missing", "n/figures/f.tsv"],
        ["foreign", "n/mine.h5"],
        ["foreign", "n/mine.json"],
        ["foreign", "n/notes.txt"],
        ["unfinished", "n/tables/.t.tsv.0123456789ab-12-7-abcdefgh.tsv"],
        ["stale", "n/tables/t.provenance.json"],
    ]
    assert "made from another stimuli than there is here" in lines[-1]


def test_a_table_without_its_checksum_is_foreign_and_not_read(results):
    table_files.provenance_path(results / "n/tables/t.tsv").unlink()
    assert words(results) == {("n/tables/t.tsv", "foreign")}
    with pytest.raises(HighlowError, match=r"t\.tsv: t\.provenance\.json, its checksum, is missing"):
        table_files.read(results / "n/tables/t.tsv")


def test_a_damaged_table_makes_nothing_stale(results):
    origin = provenance.made_from(inputs={"table": results / "n/tables/t.tsv"})
    table_files.write(results / "n/scorecard.tsv", pd.DataFrame({"claim": [1]}), origin)
    (results / "n/tables/t.tsv").write_text("unit\n2\n")
    assert words(results) == {("n/tables/t.tsv", "damaged")}


@pytest.mark.skipif(sys.platform == "win32", reason="no pipes and links there")
def test_links_pipes_and_odd_names_are_looked_at_once(results, capsys, tmp_path):
    (tmp_path / "elsewhere").mkdir()
    table_files.write(tmp_path / "elsewhere/t.tsv", pd.DataFrame({"unit": [1]}), {})
    (results / "linked").symlink_to(tmp_path / "elsewhere")
    (tmp_path / "elsewhere/back").symlink_to(results)
    assert words(results) == set()
    os.mkfifo(results / "pipe")
    (results / "gone.h5").symlink_to(tmp_path / "nowhere")
    (results / "two\nlines").write_text("x")
    status, lines, _ = outcome(capsys, results)
    assert status == 1
    assert lines[0] == "damaged    gone.h5: cannot be read (No such file or directory)"
    assert lines[1:] == ["foreign    pipe: no regular file", "foreign    'two\\nlines': no checksum covers it"]


def test_the_command_is_declared_and_its_help_has_an_example(capsys):
    assert __main__.main(["verify", "--help"]) == 0
    assert "highlow verify results" in capsys.readouterr().out
    declared = tomllib.loads((REPOSITORY / "pyproject.toml").read_text())["project"]["scripts"]
    assert declared == {"highlow": f"{__main__.__spec__.name}:{__main__.main.__name__}"}


def test_no_folder_is_one_line(tmp_path, capsys):
    status, lines, last = outcome(capsys, tmp_path / "none")
    assert (status, lines) == (1, [])
    assert last == f"error: {tmp_path}/none: no such folder; name the folder of results, e.g. results"
