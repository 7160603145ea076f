"""Disks that are full or read-only: small tmpfs, which only root can mount."""

import os
import shutil
import subprocess
import time
from contextlib import contextmanager, suppress

from tests.campaign.setting import Outcome
from tests.workflow.faults import errors, final, results, until

SHARES = (0.03, 0.3, 0.7)  # of what all results take
SPACE = "No space left on device; free some space and run again, nothing finished is lost"
READ_ONLY = "Read-only file system; choose another folder with --directory"
AMPLE = "1g"


def can_mount(folder):
    """Return whether a tmpfs can be mounted here."""
    if os.geteuid() != 0 or not shutil.which("mount"):
        return False
    try:
        with _mounted(folder / "try", AMPLE):
            return True
    except subprocess.CalledProcessError:
        return False


def fill(setting, whole, progress):
    """Run on a disk that is too small, make it larger when the run has ended, until it ends well."""
    outcome = Outcome("full disk: the whole folder" if whole else "full disk: results/")
    begin = time.monotonic()
    folder = setting.new_folder()
    sizes = [f"{max(1, round(share * setting.size / 1024))}k" for share in SHARES]
    sizes = ["nothing left", "64k", *sizes] if whole else sizes
    with _mounted(folder if whole else folder / "results", sizes[-1]) as mount:
        for size in sizes:
            if size == "nothing left":
                _fill_up(mount / "filler")
            else:
                (mount / "filler").unlink(missing_ok=True)
                _remount(mount, f"size={size}")
            _fail(setting, folder, outcome, SPACE, setting.start(folder), f"at {size}")
            progress.update()
        _remount(mount, f"size={AMPLE}")
        _finish(setting, folder, outcome)
    shutil.rmtree(folder, ignore_errors=True)
    outcome.seconds = time.monotonic() - begin
    return [outcome]


def forbid(setting, number, generator, progress):
    """Make the results read-only while they are made, and writable when the run has ended."""
    outcome = Outcome("read-only results/")
    begin = time.monotonic()
    folder = setting.new_folder()
    with _mounted(folder / "results", AMPLE) as mount:
        for _ in range(number):
            before = len(final(results(folder)))
            run = setting.start(folder)
            until(lambda run=run, before=before: len(final(results(folder))) > before or run.process.poll() is not None)
            run.wait(generator.uniform(0, 3))
            # Refused as long as a file is open for writing.
            until(lambda: _try_remount(mount, "ro"), seconds=60 + setting.seconds, step=0.005)
            # Snakemake, which cannot remove what a failed job has made, may end before a job says what is wrong.
            _fail(setting, folder, outcome, "Read-only file system", run, "read-only", ours=False)
            _fail(setting, folder, outcome, READ_ONLY, setting.start(folder), "still read-only")
            _remount(mount, "rw")
            progress.update()
        _finish(setting, folder, outcome)
    shutil.rmtree(folder, ignore_errors=True)
    outcome.seconds = time.monotonic() - begin
    return [outcome]


def _finish(setting, folder, outcome):
    """Run to the end; no fault was survived unless the results are those of an undisturbed run."""
    done = setting.finish(folder, outcome)
    verdict = setting.judge(folder)
    verdict.add_to(outcome, 0)
    if not (done and verdict.good):
        outcome.survived = 0


def _fail(setting, folder, outcome, line, run, what, *, ours=True):
    """Wait for a run that must fail; it survived if it says why in a line and leaves nothing half written.

    Unless the line is `ours`, it may also be Snakemake's, after a traceback.
    """
    outcome.tried += 1
    status = run.wait(setting.seconds * 3)
    if status is None:
        run.kill()
    output = run.output()
    said = [item for item in (errors(output) if ours else output.splitlines()) if line in item]
    good = bool(status) and bool(said) and not (ours and "Traceback" in output)
    if not good:
        tail = " | ".join(output.splitlines()[-12:])
        outcome.notes.append(f"{what}: exit status {status}, {len(said)} clear lines, ended with: {tail[-600:]}")
    outcome.survived += setting.look(folder, outcome) and good


@contextmanager
def _mounted(folder, size):
    folder.mkdir(parents=True, exist_ok=True)
    subprocess.run(["mount", "-t", "tmpfs", "-o", f"size={size}", "tmpfs", folder], check=True, capture_output=True)
    try:
        yield folder
    finally:
        subprocess.run(["umount", "--lazy", folder], check=True)


def _fill_up(path):
    """Write a file until the disk is full."""
    with suppress(OSError), path.open("wb", buffering=0) as file:
        while True:
            file.write(bytes(4096))


def _try_remount(mount, option):
    return subprocess.run(["mount", "-o", f"remount,{option}", mount], capture_output=True, check=False).returncode == 0


def _remount(mount, option):
    assert _try_remount(mount, option), option
