"""Locks of killed runs, told from those of living ones, with real processes."""

import json
import os
import signal
import subprocess
import sys

import pytest

from highlow.runs import file_times, run_register
from highlow.runs.errors import HighlowError, os_error_line
from highlow.runs.process_identity import RUN_VARIABLE, identity, lives, parsed
from highlow.storage.atomic_files import atomic_path
from tests.conftest import HANG

# Registers as a run does, says so, and waits.
RUN = """
import os
import signal
import sys
from pathlib import Path
from highlow.runs import run_register
signal.signal(signal.SIGINT, signal.default_int_handler)  # which a shell has its jobs in the background ignore
for note in run_register.begin(Path(".snakemake"), Path("results"), sys.argv[1:]):
    print(note)
print("began", flush=True)
os.chdir("/")
sys.stdin.read()
"""


@pytest.fixture(autouse=True)
def folder(tmp_path, monkeypatch):
    monkeypatch.chdir(tmp_path)
    monkeypatch.delenv(RUN_VARIABLE, raising=False)
    (tmp_path / ".snakemake/locks").mkdir(parents=True)
    (tmp_path / "results").mkdir()
    return tmp_path


@pytest.fixture
def start():
    """A function that starts a run and returns its process and what it said; all are ended afterwards."""
    processes = []

    def started(*words):
        process = subprocess.Popen(
            [sys.executable, "-c", RUN, *words], stdin=subprocess.PIPE, stdout=subprocess.PIPE, text=True
        )
        processes.append(process)
        lines = []
        for line in process.stdout:
            if line == "began\n":
                return process, lines
            lines.append(line)
        pytest.fail(f"it ended: {lines}")

    yield started
    for process in processes:
        process.kill()
        process.communicate()


def take_lock(folder, outputs="results/a\n"):
    (folder / ".snakemake/locks/0.output.lock").write_text(outputs)
    (folder / ".snakemake/locks/0.input.lock").write_text("results/b\n")


def locks(folder):
    return len(list((folder / ".snakemake/locks").iterdir()))


def registrations(folder):
    return list((folder / ".snakemake/runs").glob("*.json"))


def test_the_lock_of_a_killed_run_is_removed_and_said_once(folder, start):
    killed, said = start("all")
    assert said == []
    take_lock(folder)
    killed.kill()
    killed.wait()
    _, said = start("all")
    assert [line.split(":")[0] for line in said] == ["the last run was killed"]
    assert locks(folder) == 0
    assert len(registrations(folder)) == 1


def test_a_killed_run_that_nobody_collected_is_dead(folder, start):
    killed, _ = start("all")
    take_lock(folder)
    killed.kill()
    os.waitid(os.P_PID, killed.pid, os.WEXITED | os.WNOWAIT)  # still a zombie
    start("all")
    assert locks(folder) == 0


def test_the_lock_of_a_living_run_stays_and_the_line_says_whose_it_is(folder, start):
    dead, _ = start("all")
    living, _ = start("all")
    dead.kill()
    dead.wait()
    take_lock(folder)
    _, said = start("all")
    assert len(said) == 1 and f"process {living.pid} on" in said[0] and "snakemake --unlock" in said[0]
    assert locks(folder) == 2


def test_a_run_that_ended_leaves_no_registration_and_its_lock_is_not_judged(folder, start):
    ended, _ = start("all")
    take_lock(folder)
    ended.communicate()
    assert registrations(folder) == []
    _, said = start("all")
    assert said == [] and locks(folder) == 2


@pytest.mark.parametrize("word", ["-n", "--dry-run"])
def test_a_dry_run_changes_nothing(folder, start, word):
    killed, _ = start("all")
    take_lock(folder)
    killed.kill()
    killed.wait()
    before = registrations(folder)
    _, said = start("all", word)
    assert said == [] and locks(folder) == 2 and registrations(folder) == before


def test_the_lock_of_another_snakefile_stays(folder, start):
    killed, _ = start("all")
    killed.kill()
    killed.wait()
    take_lock(folder, "results/a\nother/b\n")
    start("all")
    assert locks(folder) == 2


def changed_registration(folder, process, **fields):
    """Let the registration of a killed run say something else."""
    process.kill()
    process.wait()
    (path,) = registrations(folder)
    run = parsed(path.read_text())
    path.write_text(json.dumps(run._replace(**fields)))


@pytest.mark.parametrize("field", ["host", "machine", "namespace"])
def test_the_lock_of_another_host_or_container_stays_until_unlock(folder, start, field):
    killed, _ = start("all")
    take_lock(folder)
    changed_registration(folder, killed, **{field: "elsewhere"})
    _, said = start("all")
    assert "another run works in this folder" in said[0]
    assert locks(folder) == 2
    start("--unlock")
    assert all(parsed(path.read_text()).pid != killed.pid for path in registrations(folder))


def test_a_process_number_given_anew_is_another_process(folder, start):
    killed, _ = start("all")
    take_lock(folder)
    changed_registration(folder, killed, pid=os.getpid())
    start("all")
    assert locks(folder) == 0


def test_after_a_reboot_nothing_lives_if_the_machine_is_known_to_be_the_same(monkeypatch, tmp_path):
    earlier = identity()._replace(boot="another")
    machine = tmp_path / "machine-id"
    machine.write_text("")
    monkeypatch.setattr("highlow.runs.process_identity.MACHINE", machine)
    assert lives(earlier._replace(machine="")) is None
    machine.write_text("1234\n")
    monkeypatch.setattr("highlow.runs.process_identity.NO_CONTAINER", earlier.namespace)
    assert lives(earlier._replace(machine="1234")) is False
    # Containers of one image may have the same name and identifier on two hosts, each with a kernel of its own.
    monkeypatch.setattr("highlow.runs.process_identity.NO_CONTAINER", "elsewhere")
    assert lives(earlier._replace(machine="1234")) is None


def test_a_process_of_another_user_that_is_hidden_lives(monkeypatch):
    def refuses(pid, number):
        raise PermissionError

    monkeypatch.setattr(os, "kill", refuses)
    own = identity()
    assert lives(own) is True and lives(own._replace(started=own.started + 1)) is False
    # With hidepid=2, /proc has no folder for it.
    assert lives(own._replace(pid=2**22 + 1)) is True


def test_a_lock_says_host_container_and_command(folder, start):
    killed, _ = start("all")
    take_lock(folder)
    changed_registration(folder, killed, host="node17", pid=1)
    _, said = start("all")
    assert said[0].rstrip() == (
        "another run works in this folder: process 1 on node17, and cannot be asked from here; if it has ended, "
        "`snakemake --unlock` removes its lock"
    )
    (other,) = [path for path in registrations(folder) if parsed(path.read_text()).pid == 1]
    other.write_text(json.dumps(identity()._replace(namespace="pid:[1]", pid=1)))
    _, said = start("all")
    assert f"process 1 on {identity().host}, in another container" in said[0]
    assert locks(folder) == 2


def test_a_job_whose_run_is_dead_keeps_nothing(folder, start, monkeypatch):
    run, _ = start("all")
    monkeypatch.setenv(RUN_VARIABLE, registrations(folder)[0].read_text())
    with atomic_path("results/kept") as path:
        path.write_text("1")
    run.kill()
    run.wait()
    with pytest.raises(HighlowError, match="results/refused: not kept"), atomic_path("results/refused") as path:
        path.write_text("1")
    assert [path.name for path in (folder / "results").iterdir()] == ["kept"]


def test_files_from_the_future_become_the_oldest_in_their_order(folder):
    now = (folder / "results").stat().st_mtime_ns
    day = 24 * 3600 * 10**9
    times = {"old": now - 9 * day, "new": now, "first": now + day, "second": now + 2 * day}
    for name, time in times.items():
        (folder / "results" / name).touch()
        os.utime(folder / "results" / name, ns=(time, time))
    (said,) = file_times.settle(folder / "results", now)
    assert "2 files of" in said
    order = sorted(times, key=lambda name: (folder / "results" / name).stat().st_mtime_ns)
    assert order == ["first", "second", "old", "new"]
    assert (folder / "results/old").stat().st_mtime_ns == times["old"]
    assert file_times.settle(folder / "results", now) == []


def test_interrupted_children_of_a_run_do_not_remove_its_registration(folder, start):
    run, _ = start("all")
    run.send_signal(signal.SIGINT)
    run.wait(timeout=HANG)
    assert registrations(folder) == []  # Ctrl-C ends it as any other error


def test_results_on_a_read_only_file_system_are_said_at_once(folder, monkeypatch):
    real = os.statvfs
    changed = (*real(folder)[:8], os.ST_RDONLY, *real(folder)[9:])
    monkeypatch.setattr(os, "statvfs", lambda path: os.statvfs_result(changed))
    with pytest.raises(OSError) as caught:
        run_register.begin(folder / ".snakemake", folder / "results", ["all"])
    assert caught.value.filename == str(folder / "results")
    assert os_error_line(caught.value).endswith("Read-only file system; choose another folder with --directory")
    assert run_register.begin(folder / ".snakemake", folder / "results", ["all", "--dry-run"]) == []
