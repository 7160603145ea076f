"""Paths as users write them: homes, variables, and what unset ones leave."""

from pathlib import Path

import pytest

from highlow.networks import module_files, registry, weight_files
from highlow.runs.errors import HighlowError
from highlow.runs.user_paths import resolved
from highlow.storage import checksums

ENTRY = {"architecture": "googlenet", "layer": "mixed3a", "file": "mine.pth"}


@pytest.fixture
def home(tmp_path, monkeypatch):
    monkeypatch.setenv("HOME", str(tmp_path / "home"))
    monkeypatch.setenv("DATA", "data")
    monkeypatch.setenv("NOTHING", "")
    monkeypatch.delenv("UNSET", raising=False)
    monkeypatch.chdir(tmp_path)
    return tmp_path / "home"


@pytest.mark.parametrize(
    "written,found",
    [
        ("~/photos", "home/photos"),
        ("$DATA/photos", "base/data/photos"),
        ("${DATA}s", "base/datas"),
        ("~/$DATA", "home/data"),
        ("photos", "base/photos"),
        ("~nobody-of-this-name/x", "base/~nobody-of-this-name/x"),
        ("a b$(ls)", "base/a b$(ls)"),
    ],
)
def test_homes_and_variables_are_replaced(home, tmp_path, written, found):
    assert resolved(written, "images", tmp_path / "base") == tmp_path / found


def test_what_is_there_as_it_is_written_is_taken(home, tmp_path):
    for name in ("$UNSET", "~"):
        (tmp_path / name).mkdir()
        assert resolved(name, "images", tmp_path) == tmp_path / name


@pytest.mark.parametrize("written", ["", " ", "$UNSET/photos", "${UNSET}", "$NOTHING"])
def test_what_an_unset_variable_leaves_is_refused(home, written):
    with pytest.raises(HighlowError, match=r"images: .*(empty|the variable UNSET is not set)"):
        resolved(written, "images")


def test_a_users_weights_are_found_at_home(home):
    entry = registry.entry("mine", {"mine": ENTRY | {"sha256": "0" * 64}})
    file = home / "weights/mine.pth"
    file.parent.mkdir(parents=True)
    file.write_bytes(b"weights")
    assert weight_files.find(entry, "~/weights")[1] == file
    own = registry.entry(
        "own", {"own": {"module": "~/net.py:build", "layer": "a", "weights": "$HOME/weights/mine.pth"}}
    )
    assert module_files.own_weights(own) == file
    assert module_files.code_file(own.module) == home / "net.py"


def test_a_file_in_place_of_a_folder_is_told_by_its_name_or_its_hash(home, tmp_path):
    file = tmp_path / "downloaded (1).bin"
    file.write_bytes(b"weights")
    entry = registry.entry("mine", {"mine": ENTRY | {"sha256": checksums.sha256(file)}})
    assert weight_files.find(entry, file)[1] == file
    another = registry.entry("mine", {"mine": ENTRY | {"sha256": "0" * 64}})
    assert weight_files.find(another, file) is None
    beside = file.with_name("mine.pth")
    beside.write_bytes(b"others")
    assert weight_files.find(another, file)[1] == beside  # another network's weights lie in the same folder
    assert weight_files.find(another, beside)[1] == beside


def test_links_to_weights_are_followed(home, tmp_path):
    """As a download cache has them, the name in one folder and the content in another."""
    (tmp_path / "blobs").mkdir()
    blob = tmp_path / "blobs/5994471abb01112afcc18159f6cc74b4f511b99806da59b3caf5a9c173cacfc5"
    blob.write_bytes(b"weights")
    (tmp_path / "snapshot").mkdir()
    link = tmp_path / "snapshot/mine.pth"
    link.symlink_to(Path("..") / blob.relative_to(tmp_path))
    entry = registry.entry("mine", {"mine": ENTRY | {"sha256": checksums.sha256(blob)}})
    for named in (tmp_path / "snapshot", link):
        assert weight_files.locate(entry, named)[1] == link


def test_a_misspelt_folder_of_weights_is_said_before_anything_is_downloaded(home, tmp_path, monkeypatch):
    monkeypatch.delenv(weight_files.OFFLINE, raising=False)
    monkeypatch.setattr(weight_files, "fetch", lambda item: pytest.fail("a download began"))
    entry = registry.entry("mine", {"mine": ENTRY | {"sha256": "0" * 64, "url": "http://localhost/mine.pth"}})
    for action in (weight_files.locate, weight_files.check_obtainable):
        with pytest.raises(HighlowError, match="wieghts: no such folder of weight files; mend weights_dir"):
            action(entry, "~/wieghts")


def test_missing_weights_are_known_to_be_out_of_reach_without_a_download(tmp_path, monkeypatch):
    monkeypatch.setattr(weight_files, "cache_folder", lambda: tmp_path)
    monkeypatch.setattr(weight_files, "fetch", lambda item: pytest.fail("a download began"))
    monkeypatch.delenv(weight_files.OFFLINE, raising=False)
    monkeypatch.setenv("TORCH_HOME", str(tmp_path))
    refused = "http://127.0.0.1:1/mine.pth"  # nobody listens there
    entry = registry.entry("mine", {"mine": ENTRY | {"sha256": "0" * 64, "url": refused}})
    with pytest.raises(HighlowError, match=r"not found.*127\.0\.0\.1:1 does not answer \(Conn.*put it there"):
        weight_files.check_obtainable(entry, tmp_path)
    (tmp_path / "mine.pth").write_bytes(b"weights")
    weight_files.check_obtainable(entry, tmp_path)


@pytest.mark.parametrize("key,value", [("mean", [0.5] * 3), ("std", [0.5] * 3), ("size", 299), ("until", "conv")])
def test_a_known_architecture_is_never_given_another_networks_preprocessing_in_silence(key, value):
    """Its file is trained for the architecture's own; what the pipeline would pass over is refused."""
    with pytest.raises(HighlowError, match=f"network 'mine': '{key}' is for a `module`"):
        registry.entry("mine", {"mine": ENTRY | {"sha256": "0" * 64, key: value}})
    assert registry.entry("mine", {"mine": {"module": "net.py:build", key: value}}).module
