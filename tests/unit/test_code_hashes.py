"""What is remembered of code between processes: it changes how long a hash takes, never the hash."""

import json
import shutil
import subprocess
import sys

import pytest

from highlow.runs.code_hashes import code_hash
from tests.conftest import REPOSITORY

ASK = """
import sys
from pathlib import Path
from highlow.runs import code_hashes
if sys.argv[3] == "forbidden":
    code_hashes._parse = None
code_hashes.recall(Path(sys.argv[2]))
print(code_hashes.Code(Path(sys.argv[1])).hash([Path(sys.argv[1]) / "highlow/runs/command_line.py"]))
"""


@pytest.fixture
def source(tmp_path):
    shutil.copytree(REPOSITORY / "src/highlow/runs", tmp_path / "src/highlow/runs")
    return tmp_path / "src"


def hashed(source, memory, parsing="allowed"):
    command = [sys.executable, "-c", ASK, source, memory, parsing]
    environment = {"PYTHONPATH": str(REPOSITORY / "src")}
    return subprocess.run(command, env=environment, capture_output=True, text=True, check=True).stdout.strip()


def test_a_second_process_parses_nothing_and_finds_the_same(source, tmp_path):
    memory = tmp_path / "known.json"
    expected = code_hash([source / "highlow/runs/command_line.py"], source)
    assert hashed(source, memory) == expected
    before = memory.read_bytes()
    assert hashed(source, memory, "forbidden") == expected
    assert memory.read_bytes() == before


def test_a_changed_file_is_parsed_again(source, tmp_path):
    memory, errors = tmp_path / "known.json", source / "highlow/runs/errors.py"
    expected = hashed(source, memory)
    errors.write_text(errors.read_text() + "\nADDED = 1\n")
    changed = hashed(source, memory)
    assert changed != expected
    errors.write_text(errors.read_text() + "# a comment\n")
    assert hashed(source, memory) == changed


@pytest.mark.parametrize(
    "content",
    [b"", b"{", b"[]", b"null", b"{}", json.dumps({"format": "another", "files": {}}).encode(), b'{"format": 1}'],
)
def test_a_damaged_memory_is_made_anew(source, tmp_path, content):
    memory = tmp_path / "known.json"
    memory.write_bytes(content)
    expected = hashed(source, memory)
    stored = json.loads(memory.read_bytes())
    for name in stored["files"]:
        stored["files"][name] = 3
        break
    memory.write_text(json.dumps(stored))
    assert hashed(source, memory) == expected


def test_a_folder_that_cannot_be_written_to_changes_nothing(source, tmp_path):
    assert hashed(source, tmp_path / "missing/known.json") == code_hash(
        [source / "highlow/runs/command_line.py"], source
    )
