"""Text is UTF-8, whatever the locale says."""

import ast
import os
import shutil
import subprocess
import sys
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
import pytest

from highlow.runs.errors import name_line
from highlow.storage import checksums, hdf5_files, table_files

REPOSITORY = Path(__file__).parents[2]
# Not tests: they run where this project is developed.
FOLDERS = ("src", "scripts", "benchmarks", "workflow", "docs")
TEXT_METHODS = ("read_text", "write_text")
# Their `open` is of bytes, and takes no encoding.
OTHERS = ("Image", "archive", "tarfile", "webbrowser")
PIPES = ("run", "Popen", "check_output", "check_call")


def sources():
    for folder in FOLDERS:
        yield from sorted((REPOSITORY / folder).rglob("*.py"))


def mode(call, position):
    """Return the mode of a call of `open`, where it is written out."""
    given = [keyword.value for keyword in call.keywords if keyword.arg == "mode"] or call.args[position : position + 1]
    return given[0].value if given and isinstance(given[0], ast.Constant) else "r"


def leaves_to_the_locale(call):
    """Return whether a call reads or writes text without a word on its encoding."""
    named = {keyword.arg for keyword in call.keywords}
    if "encoding" in named:
        return False
    if isinstance(call.func, ast.Name):
        return call.func.id == "open" and "b" not in mode(call, 1)
    if not isinstance(call.func, ast.Attribute):
        return False
    name, owner = call.func.attr, ast.unparse(call.func.value)
    if name in TEXT_METHODS:
        # Their encoding may also come by position.
        return len(call.args) < (1 if name == "read_text" else 2)
    if name in PIPES and owner == "subprocess":
        return bool(named & {"text", "universal_newlines"})
    return name == "open" and owner not in OTHERS and "b" not in mode(call, 0)


@pytest.mark.parametrize(
    ("code", "left"),
    [
        ("open(path)", True),
        ("open(path, 'rb')", False),
        ("Path(x).open('w')", True),
        ("path.open(mode='ab')", False),
        ("path.open(encoding='utf-8')", False),
        ("path.read_text()", True),
        ("path.read_text('utf-8')", False),
        ("path.write_text(text)", True),
        ("path.write_text(text, encoding='utf-8')", False),
        ("subprocess.run(words, text=True)", True),
        ("subprocess.run(words, encoding='utf-8')", False),
        ("subprocess.run(words)", False),
    ],
)
def test_what_leaves_text_to_the_locale_is_seen(code, left):
    assert leaves_to_the_locale(ast.parse(code).body[0].value) == left


def test_every_text_says_how_it_is_written():
    found = [
        f"{path.relative_to(REPOSITORY)}:{node.lineno}: {ast.unparse(node)[:80]}"
        for path in sources()
        for node in ast.walk(ast.parse(path.read_bytes()))
        if isinstance(node, ast.Call) and leaves_to_the_locale(node)
    ]
    assert not found, "\n".join(found)


def write_files(folder):
    """Write a file of every kind with words that few encodings have."""
    words = "35° ± 2° · 猫"
    table_files.write(folder / "table.tsv", pd.DataFrame({"layer": [words], "value": [0.5]}), {"of": words})
    checksums.write_json(folder / "told.json", {"of": words})
    with hdf5_files.create(folder / "numbers.h5", {"of": words}) as file:
        hdf5_files.write_scale(file, "layer", np.array([words], dtype=h5py.string_dtype()))
    assert table_files.read(folder / "table.tsv")["layer"].tolist() == [words]
    assert checksums.read_json(folder / "told.json") == {"of": words}


@pytest.fixture(scope="module", params=["zh_CN.GBK", "ja_JP.EUC-JP", "C"])
def environment(request, tmp_path_factory):
    """Return the environment of a user whose files are not named in UTF-8; `C` where a locale cannot be made here."""
    folder, (language, _, encoding) = tmp_path_factory.mktemp("locales"), request.param.partition(".")
    made = folder / request.param
    if encoding and shutil.which("localedef"):
        subprocess.run(["localedef", "-i", language, "-f", encoding, str(made)], capture_output=True, check=False)
    chosen = {"LOCPATH": str(folder), "LC_ALL": request.param if made.is_dir() else "C"}
    return os.environ | chosen | {"PYTHONUTF8": "0", "PYTHONCOERCECLOCALE": "0"}


def test_files_are_the_same_in_every_locale(environment, tmp_path):
    (tmp_path / "here").mkdir()
    write_files(tmp_path / "here")
    there = tmp_path / "there"
    there.mkdir()
    code = "from tests.unit import test_locales; test_locales.write_files(test_locales.Path())"
    other = "import sys; assert sys.getfilesystemencoding() != 'utf-8'"
    told = environment | {"PYTHONPATH": os.pathsep.join([str(REPOSITORY), str(REPOSITORY / "src")])}
    done = subprocess.run(
        [sys.executable, "-c", f"{other}; {code}"], cwd=there, env=told, capture_output=True, check=False
    )
    assert done.returncode == 0, done.stderr
    names = sorted(path.name for path in there.iterdir())
    assert names == ["numbers.h5", "table.provenance.json", "table.tsv", "told.json"]
    assert all((there / name).read_bytes() == (tmp_path / "here" / name).read_bytes() for name in names)


def test_names_are_told_in_every_locale(environment, tmp_path):
    (tmp_path / "results").mkdir()
    for name in (b"a\xc3\xa9\xe7\x8c\xab", b"\xff\xfe"):
        Path(os.fsdecode(bytes(tmp_path) + b"/results/" + name)).write_bytes(b"")
    words = [sys.executable, "-m", "highlow", "verify", "results"]
    for told in (environment, os.environ | {"PYTHONIOENCODING": "ascii"}):
        done = subprocess.run(words, cwd=tmp_path, env=told, capture_output=True, check=False)
        assert (done.returncode, len(done.stdout.splitlines())) == (1, 2), done
        assert done.stderr.startswith(b"error: results: 2 foreign") and len(done.stderr.splitlines()) == 1


def test_a_path_that_the_locale_cannot_write_is_told(environment):
    code = "from highlow.runs import user_paths; user_paths.resolved('cats/\\U0001f408', 'images')"
    done = subprocess.run([sys.executable, "-c", code], env=environment, capture_output=True, check=False)
    last = done.stderr.splitlines()[-1]
    assert b"images: cats/" in last and b"no name of a file where the locale's encoding is" in last, done.stderr


def test_a_name_that_the_locale_cannot_write_ends_in_one_line(monkeypatch):
    monkeypatch.setattr(sys, "getfilesystemencoding", lambda: "ascii")
    error = UnicodeEncodeError("ascii", "bilder/\xfc\n", 7, 8, "ordinal not in range(128)")
    assert name_line(error) == (
        "bilder/ü\\n: no name of a file where the locale's encoding is ascii; set LC_ALL=C.UTF-8"
    )
    assert name_line(ValueError("another")) == ""
