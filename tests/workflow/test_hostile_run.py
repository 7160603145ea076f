"""Real runs with names that a shell would run: of the working folder, a network, the images and their folder."""

from pathlib import Path

from highlow.pictures import image_table
from tests.workflow import runner

HOSTILE = "$(touch canary) `touch canary`; touch canary & '\"\\\n touch canary #é"


def test_names_are_never_run(tmp_path):
    folder = tmp_path / f"-{HOSTILE}"
    images = runner.few_images(tmp_path / f"images {HOSTILE}", count=1)
    (images / "0.png").rename(images / HOSTILE)
    text = HOSTILE.replace("\n", "")  # what is no file's name is one line
    entry = {"architecture": "planted", "layer": "mixed3a", "generator": "planted", "title": text, "source": text}
    settings = runner.SMALL | {
        "network": "mine",
        "networks": {"mine": entry},
        "images": str(images),
        "weights_dir": f"no such {HOSTILE}",
    }
    targets = ["results/mine/weights.h5", "images"]
    runner.run(folder, *targets, settings=settings, cores="1")
    (table,) = folder.glob("results/images/tables/*.tsv")
    assert [(row.file, row.status) for row in image_table.rows(table)] == [(HOSTILE, "used")]
    assert (folder / targets[0]).is_file()
    found = [path for place in (tmp_path, Path.cwd()) for path in place.rglob("canary*")]
    assert found == []
    assert {path.name for path in tmp_path.iterdir()} == {folder.name, images.name}


def test_braces_in_the_working_folder_are_said_before_anything_is_done(tmp_path):
    result = runner.snakemake(tmp_path / "{a}", "results/planted/weights.h5", "--dry-run")
    assert result.returncode == 1
    assert "error: " in result.stderr
    assert "braces" in result.stderr
