"""A clock that is two days ahead for a part of a run, and set right again."""

import os
import shutil
import time

from tests.campaign.setting import ROOT, Outcome
from tests.workflow.faults import final, results

AHEAD = 2 * 24 * 3600  # s
# The clock of files is the kernel's: it stays right, and times of files are moved afterwards.
FAKE = ("env", "NO_FAKE_STAT=1", "FAKETIME_DONT_FAKE_MONOTONIC=1", "faketime", "-f", "+2d")
STIMULI = (f"{ROOT.split('/')[0]}/stimuli/high_low.h5", f"{ROOT.split('/')[0]}/stimuli/high_low_balanced.h5")


def set_back(setting, number, generator, progress):
    """Kill a run whose clock is ahead, go on with the right clock, kill that, go on ahead, and so on."""
    outcome = Outcome("clock two days ahead, then back")
    begin = time.monotonic()
    folder = setting.new_folder()
    for turn in range(number):
        since = time.time()
        run = setting.start(folder, before=FAKE if turn % 2 == 0 else ())
        if run.wait(generator.uniform(0.3, 0.6) * setting.seconds) is None:
            run.kill()
        if turn % 2 == 0:
            move(folder, since, AHEAD)
        outcome.tried += 1
        setting.look(folder, outcome)
        progress.update()
    setting.finish_and_judge(folder, outcome, outcome.tried)
    outcome.seconds = time.monotonic() - begin
    return [outcome]


def change_after(setting, progress):
    """Finish a run with the clock ahead, set it right, make the changed stimuli alone, then all of it.

    By their times, what is made from the stimuli is newer than they are.
    """
    outcome = Outcome("clock set back, settings changed, run interrupted", tried=1)
    begin = time.monotonic()
    expected = setting.new_folder(copied=setting.undisturbed)
    setting.finish(expected, outcome, setting.changed)
    folder = setting.new_folder(copied=setting.undisturbed)
    move(folder, 0, AHEAD)
    run = setting.start(folder, targets=STIMULI, settings=setting.changed)
    setting.end(run, outcome, "the interrupted run")
    progress.update()
    setting.finish_and_judge(folder, outcome, 1, final(results(expected)), setting.changed)
    shutil.rmtree(expected)
    outcome.seconds = time.monotonic() - begin
    return [outcome]


def move(folder, since, seconds):
    """Move the times of files that were written since a moment, and are not ahead already, into the future."""
    now = time.time()
    for path in folder.rglob("*"):
        if path.is_file() and not path.is_symlink() and since <= path.stat().st_mtime <= now:
            moved = path.stat().st_mtime_ns + seconds * 10**9
            os.utime(path, ns=(moved, moved))
