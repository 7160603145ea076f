"""Images from a folder: what moving and changing them reruns, and how a missing folder is said."""

import shutil

import numpy as np
import pytest

from highlow.pictures import example_file, image_response_file, image_table
from tests.workflow.runner import SMALL, few_images, planned, run, snakemake

TARGET = "results/planted/dataset_examples/conv2d1.h5"
RESPONSES = "results/planted/image_responses/conv2d1.h5"
LISTING = {"list_images", "merge_image_tables"}
SEARCH = {*LISTING, "search_examples", "merge_examples"}


def settings(images, count=2):
    return SMALL | {"images": str(images), "dataset_examples": {"shards": 2, "count": count}}


@pytest.fixture(scope="module")
def finished(tmp_path_factory):
    folder = tmp_path_factory.mktemp("run")
    images = few_images(folder / "photographs")
    (images / "notes.txt").write_text("no image")
    run(folder, TARGET, RESPONSES, settings=settings(images))
    return folder


def test_examples_are_of_the_folders_images(finished):
    (table,) = finished.glob("results/images/tables/*.tsv")
    images = list(image_table.rows(table))
    assert [row.file for row in images] == ["0.png", "1.png", "2.png", "notes.txt"]
    assert [row.status for row in images] == ["used", "used", "used", "skipped"]
    found = example_file.read(finished / TARGET)
    assert found.examples.score.shape == (64, 2)
    assert set(found.examples.image.ravel()) <= {-1, 0, 1, 2}
    assert (found.examples.image[:, 0] >= 0).sum() > 32


def test_responses_are_on_request_and_their_shards_go(finished):
    (block,) = image_response_file.blocks(finished / RESPONSES)
    assert block.image.tolist() == [0, 1, 2]
    found = example_file.read(finished / TARGET).examples
    np.testing.assert_array_equal(block.response.max(axis=0), np.nan_to_num(found.score[:, 0]))
    assert not list((finished / RESPONSES).parent.glob("shards/*.h5"))
    again = snakemake(finished, TARGET, RESPONSES, "--dry-run", settings=settings(finished / "photographs"))
    assert planned(again) == set()


def test_jobs_and_only_they_take_the_hash_of_the_images_from_their_environment(finished):
    """A job's own snakemake process would look at every image again."""
    images = finished / "photographs"
    known = {"HIGHLOW_DATASET": str(images), "HIGHLOW_DATASET_HASH": f"{64 * '0'} {images}"}
    asked = (finished, TARGET, "--dry-run")
    assert planned(snakemake(*asked, settings=settings(images), environment=known)) == set()
    assert planned(snakemake(*asked, "--mode", "remote", settings=settings(images), environment=known)) == SEARCH
    known["HIGHLOW_DATASET_HASH"] = f"{64 * '0'} /another/folder"
    assert planned(snakemake(*asked, "--mode", "remote", settings=settings(images), environment=known)) == set()


def test_other_images_lie_beside_the_first(finished, tmp_path):
    folder = tmp_path / "run"
    shutil.copytree(finished, folder)
    others = settings(few_images(tmp_path / "others", count=1))
    run(folder, "images", settings=others)
    assert len(list(folder.glob("results/images/tables/*.tsv"))) == 2
    assert planned(snakemake(folder, TARGET, "--dry-run", settings=settings(finished / "photographs"))) == set()
    assert "search_examples" in planned(snakemake(folder, TARGET, "--dry-run", settings=others))


def test_a_table_of_images_that_are_not_configured_is_an_error(finished):
    asked = snakemake(finished, "results/images/tables/0123456789ab.tsv", settings=settings(finished / "photographs"))
    assert asked.returncode == 1
    assert "not 0123456789ab" in asked.stderr


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
