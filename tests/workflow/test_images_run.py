"""Images from a folder: what moving and changing them reruns, and how a missing folder is said."""

import shutil

import pytest

from highlow.pictures import example_file, image_table
from tests.workflow.runner import SMALL, few_images, planned, run, snakemake

TARGET = "results/planted/dataset_examples/conv2d1.h5"
SEARCH = {"list_images", "search_examples", "merge_examples"}


def settings(images, count=2):
    return SMALL | {"images": str(images), "dataset_examples": {"shards": 2, "count": count}}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    images = few_images(folder / "photographs")
    (images / "notes.txt").write_text("no image")
    run(folder, TARGET, settings=settings(images))
    return folder


def test_examples_are_of_the_folders_images(finished):
    images = image_table.read(finished / "results/images/images.tsv")
    assert images["file"].tolist() == ["0.png", "1.png", "2.png", "notes.txt"]
    assert images["status"].tolist() == ["used", "used", "used", "skipped"]
    found = example_file.read(finished / TARGET)
    assert found.examples.score.shape == (64, 2)
    assert set(found.examples.image.ravel()) <= {-1, 0, 1, 2}
    assert (found.examples.image[:, 0] >= 0).sum() > 32


def test_results_do_not_say_where_the_images_lie(finished):
    for path in (finished / "results").rglob("*"):
        if path.is_file() and not {"logs", "benchmarks"} & set(path.parts):
            assert str(finished).encode() not in path.read_bytes(), path


def test_moving_the_folder_reruns_nothing_and_changing_a_file_the_search(finished, tmp_path):
    moved = tmp_path / "elsewhere"
    shutil.copytree(finished / "photographs", moved)
    assert planned(snakemake(finished, TARGET, "--dry-run", settings=settings(moved))) == set()
    (moved / "0.png").write_bytes((moved / "1.png").read_bytes())
    assert planned(snakemake(finished, TARGET, "--dry-run", settings=settings(moved))) == SEARCH


def test_another_count_searches_again(finished):
    result = snakemake(finished, TARGET, "--dry-run", settings=settings(finished / "photographs", count=3))
    assert planned(result) == {"search_examples", "merge_examples"}


def test_a_missing_folder_is_said_before_anything_is_computed(tmp_path):
    result = snakemake(tmp_path, TARGET, settings=settings(tmp_path / "none"))
    assert result.returncode != 0
    assert f"error: images: {tmp_path / 'none'}: no such folder or list" in result.stdout + result.stderr
    assert not (tmp_path / "results").exists()
