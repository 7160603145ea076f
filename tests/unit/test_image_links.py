"""Folders of links, links that go round, and folders that may not be listed."""

import errno
import json
import os
import subprocess
import sys
from itertools import pairwise
from pathlib import Path

import numpy as np
import pytest
from PIL import Image
from scripts import list_images, merge_image_tables

from highlow.pictures import image_files, image_names, image_table
from highlow.runs.errors import HighlowError

AGAIN = "a folder that is listed already: a link leads to it"
NOBODY = 65534


def put(path, seed=0):
    path.parent.mkdir(parents=True, exist_ok=True)
    pixels = np.random.default_rng(seed).integers(0, 256, (70, 70, 3), dtype=np.uint8)
    Image.fromarray(pixels).save(path, "PNG")


def reasons(source):
    """Return the reason of every name, in the order of a listing, which its table accepts."""
    root = str(image_names.root_of(source))
    names = image_names.file_names(source)
    assert all(image_names.sort_key(one) < image_names.sort_key(other) for one, other in pairwise(names))
    return {name: image_files.read(root, name).reason for name in names}


@pytest.fixture
def cache(tmp_path):
    """Return a snapshot of a download cache: links into a folder of blobs, relative and absolute."""
    snapshot = tmp_path / "hub" / "snapshots" / "rev" / "data"
    snapshot.mkdir(parents=True)
    for number in range(4):
        blob = tmp_path / "hub" / "blobs" / f"{number:064x}"
        put(blob, number)
        target = blob if number % 2 else os.path.relpath(blob, snapshot)
        (snapshot / f"{number}.jpg").symlink_to(target)
    return snapshot.parent


def test_a_download_cache_is_read_under_its_own_names(cache):
    assert reasons(cache) == {f"data/{number}.jpg": "" for number in range(4)}


def test_a_change_behind_a_link_changes_the_manifest(cache):
    before = image_names.manifest_hash(cache)
    put(cache.parents[1] / "blobs" / f"{1:064x}", 7)
    assert image_names.manifest_hash(cache) != before


def test_links_to_folders_are_entered(tmp_path):
    put(tmp_path / "elsewhere" / "deep" / "a.png")
    root = tmp_path / "images"
    put(root / "b" / "real.png")
    (root / "a").symlink_to("../elsewhere")
    (root / "c").symlink_to(tmp_path / "elsewhere" / "deep")
    (root / "d").symlink_to("b")
    (root / "e").symlink_to("b")
    (root / "gone").symlink_to("../nowhere")
    assert reasons(root) == {
        "a/deep": AGAIN,  # by c, of which the link stands further up
        "b/real.png": "",
        "c/a.png": "",
        "d/real.png": "",  # once as itself and once behind a link
        "e": AGAIN,
        "gone": "no such file: a link leads to it",
    }
    whole = tmp_path / "all"
    whole.symlink_to(root)
    assert reasons(whole) == reasons(root)


def test_links_that_go_round_end(tmp_path):
    put(tmp_path / "one" / "a.png")
    (tmp_path / "one" / "up").symlink_to("..")
    (tmp_path / "one" / "here").symlink_to(".")
    (tmp_path / "one" / "other").symlink_to("../two")
    (tmp_path / "two").mkdir()
    (tmp_path / "two" / "one").symlink_to("../one")
    found = reasons(tmp_path)
    assert {name for name, reason in found.items() if not reason} == {"one/a.png", "two/one/a.png"}
    assert {reason for name, reason in found.items() if reason} == {AGAIN}


def test_links_that_branch_do_not_multiply(tmp_path):
    count = 40
    for number in range(count):
        put(tmp_path / f"{number:02d}" / "a.png")
        for other in (number + 1) % count, (number + 2) % count:
            (tmp_path / f"{number:02d}" / f"to{other}").symlink_to(f"../{other:02d}")
    found = reasons(tmp_path)
    assert sum(not reason for reason in found.values()) <= 2 * count
    assert {f"{number:02d}/a.png" for number in range(count)} <= found.keys()
    assert len(found) <= 6 * count


def test_a_folder_that_cannot_be_read_to_its_end_is_a_row(tmp_path, monkeypatch):
    for name in ("a.png", "bad/b.png", "bad-1.png", "bad.png"):
        put(tmp_path / name)
    real = os.scandir

    def failing(path="."):
        if Path(path).name == "bad":
            raise OSError(errno.EIO, os.strerror(errno.EIO))
        return real(path)

    monkeypatch.setattr(os, "scandir", failing)
    wanted = "a folder that cannot be listed: Input/output error"
    assert reasons(tmp_path) == {"a.png": "", "bad": wanted, "bad-1.png": "", "bad.png": ""}
    # The order is that which the tables of shards are held to.
    shards = [tmp_path / f".{shard}.tsv" for shard in range(2)]
    for shard, path in enumerate(shards):
        words = ["--images", tmp_path, "--shard", shard, "--shards", 2, "--output", path]
        assert list_images.main([*map(str, words)]) == 0
    assert merge_image_tables.main(["--shards", *map(str, shards), "--output", str(tmp_path / ".all.tsv")]) == 0
    rows = list(image_table.rows(tmp_path / ".all.tsv"))
    assert [(row.file, row.status) for row in rows if row.reason] == [("bad", "skipped")]
    with pytest.raises(HighlowError, match="bad: Input/output error"):  # the one that was named
        image_names.check(tmp_path / "bad")


LISTING = """
import json, os
from PIL import Image
from highlow.pictures import image_files, image_names
Image.init()  # Pillow's modules may lie where that user may not look
if os.geteuid() == 0:
    os.seteuid({nobody})
try:
    image_names.check("images/closed")
except image_names.HighlowError as error:
    print(error)
found = {{name: image_files.read("images", name).reason for name in image_names.walk("images")}}
hashed = image_names.manifest_hash("images")
print(json.dumps([found, hashed]))
"""


def test_what_a_user_may_not_read_is_a_row_each(tmp_path):
    root = tmp_path / "images"
    for name in ("a.png", "closed/b.png", "dark/c.png", "elsewhere/d.png", "locked.png"):
        put(root / name)
    (root / "lost+found").mkdir()
    (root / "link.png").symlink_to("dark/c.png")
    (root / "linked").symlink_to("dark")
    for name, mode in (("closed", 0), ("lost+found", 0), ("dark", 0o444), ("locked.png", 0)):
        (root / name).chmod(mode)
    tmp_path.chmod(0o755)
    source = Path(image_names.__file__).parents[2]
    # The folder above belongs to the tests' user alone: a user without rights starts inside.
    code = LISTING.format(nobody=NOBODY)
    environment = os.environ | {"PYTHONPATH": str(source)}
    done = subprocess.run(
        [sys.executable, "-c", code], cwd=tmp_path, env=environment, check=True, capture_output=True, text=True
    )
    for name in ("closed", "lost+found", "dark", "locked.png"):
        (root / name).chmod(0o755)
    problem, found = done.stdout.splitlines()
    assert problem == "images: images/closed: Permission denied"
    denied = "a folder that cannot be listed: Permission denied"
    assert json.loads(found)[0] == {
        "a.png": "",
        "closed": denied,
        "dark/c.png": "Permission denied",
        "elsewhere/d.png": "",
        "link.png": "Permission denied",
        "linked/c.png": "Permission denied",
        "locked.png": "Permission denied",
        "lost+found": denied,
    }


def test_the_text_of_a_link_stands_for_its_file(tmp_path):
    """As git leaves links where the file system has none; the listing is of what they lead to."""
    put(tmp_path / "blobs/0")
    put(tmp_path / "blobs/1", seed=1)
    texts = tmp_path / "snapshot/data"
    texts.mkdir(parents=True)
    for name in ("0", "1"):
        (texts / f"{name}.jpg").write_text(f"../../blobs/{name}")
    (texts / "2.jpg").write_text("../../blobs/2")
    assert reasons(tmp_path / "snapshot") == {
        "data/0.jpg": "",
        "data/1.jpg": "",
        "data/2.jpg": "the text of a link: there is no file where it leads",
    }
    read = image_files.read(str(tmp_path / "snapshot"), "data/1.jpg")
    assert read.sha256 == image_files.read(str(tmp_path), "blobs/1").sha256
    before = image_names.manifest_hash(tmp_path / "snapshot")
    put(tmp_path / "blobs/1", seed=2)
    assert image_names.manifest_hash(tmp_path / "snapshot") != before
