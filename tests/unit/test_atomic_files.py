"""Temporary files: those of killed writers go, those of living ones and of other hosts stay."""

import os
import signal
import subprocess
import sys
from pathlib import Path

import pytest

from highlow.storage import atomic_files, verification

WRITER = """
import sys
from highlow.storage.atomic_files import atomic_path
with atomic_path(sys.argv[1]) as path:
    path.write_text("half")
    print(flush=True)
    sys.stdin.read()
"""


def writer(target):
    """Start another process that writes a file and does not finish."""
    environment = os.environ | {"PYTHONPATH": str(Path(atomic_files.__file__).parents[1])}
    command = [sys.executable, "-c", WRITER, str(target)]
    process = subprocess.Popen(command, stdin=subprocess.PIPE, stdout=subprocess.PIPE, env=environment)
    process.stdout.readline()
    return process


def written(target, text):
    with atomic_files.atomic_path(target) as path:
        path.write_text(text)


@pytest.mark.parametrize("reaped", [True, False])
def test_what_a_killed_writer_leaves_goes_with_the_next(tmp_path, reaped):
    target = tmp_path / "a.tsv"
    with writer(target) as process:
        (temporary,) = tmp_path.iterdir()
        assert atomic_files.is_temporary(temporary.name) and [
            finding.word for finding in verification.verify(tmp_path).findings
        ] == ["unfinished"]
        process.send_signal(signal.SIGKILL)
        if reaped:
            process.wait()
        else:  # its parent has not asked for it yet
            os.waitid(os.P_PID, process.pid, os.WEXITED | os.WNOWAIT)
        written(tmp_path / "b.tsv", "another file")
        assert temporary.exists()
        written(target, "whole")
        assert sorted(path.name for path in tmp_path.iterdir()) == ["a.tsv", "b.tsv"]


def test_two_writers_do_not_hinder_each_other(tmp_path):
    target = tmp_path / "a.tsv"
    with writer(target) as process:
        written(target, "second")
        assert target.read_text() == "second"
        assert len(list(tmp_path.iterdir())) == 2
        process.communicate(b"")
        assert process.returncode == 0
    assert target.read_text() == "half"
    assert len(list(tmp_path.iterdir())) == 1


def test_files_of_other_hosts_and_other_names_stay(tmp_path):
    with atomic_files.atomic_path(tmp_path / "a.tsv") as temporary:
        own = temporary.name.removeprefix(".a.tsv.").rpartition("-")[0]
    place, pid, started = own.split("-")
    names = [
        ".a.tsv.0123456789ab-999999999-1-abcdefgh.tsv",  # another host, container or boot
        f".a.tsv.{own}-abcdefgh.tsv",  # this process: another thread
        f".a.tsv.more.{place}-999999999-1-abcdefgh.tsv",
        ".a.tsv.mine",
    ]
    dead = [f".a.tsv.{place}-999999999-1-abcdefgh.tsv", f".a.tsv.{place}-{pid}-{int(started) - 1}-abcdefgh.tsv"]
    for name in [*names, *dead]:
        (tmp_path / name).write_text("x")
    written(tmp_path / "a.tsv", "whole")
    assert sorted(path.name for path in tmp_path.iterdir()) == sorted([*names, "a.tsv"])
