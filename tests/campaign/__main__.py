"""Disturb the pipeline in every way that is known, and check that the next call ends with the same bytes."""

import argparse
import random
import shutil
import signal
import sys
import tempfile
from pathlib import Path

import pandas as pd
from tqdm import tqdm

from tests.campaign import clock, disks, kills, runs
from tests.campaign.setting import Outcome, Setting
from tests.conftest import cores


def options(argv=None):
    parser = argparse.ArgumentParser(
        prog="python -m tests.campaign",
        description=__doc__,
        epilog="example: python -m tests.campaign --kills 10 --only kills two --table faults.tsv",
        formatter_class=argparse.ArgumentDefaultsHelpFormatter,
    )
    parser.add_argument("--kills", type=int, default=50, help="signals to processes of a run")
    parser.add_argument("--readers", type=int, default=4, help="kills of a process that reads images")
    parser.add_argument("--turns", type=int, default=4, help="changes of the clock")
    parser.add_argument("--slow", type=int, default=2, help="kills on a slow file system")
    parser.add_argument("--read-only", type=int, default=2, help="times that results become read-only")
    parser.add_argument("--only", nargs="+", choices=sorted(KINDS), help="kinds of fault")
    parser.add_argument("--seed", type=int, default=0, help="of the moments and victims")
    parser.add_argument("--cores", default=str(cores()), help="as snakemake's")
    parser.add_argument("--folder", type=Path, help="for the runs, kept afterwards; a temporary one otherwise")
    parser.add_argument("--table", type=Path, help="file to write the table to (TSV)")
    return parser.parse_args(argv)


# By its name: what it does, how many faults that are, and what it needs.
KINDS = {
    "kills": (lambda *a: kills.kill(a[0], a[1].kills, a[2], a[3]), lambda chosen: chosen.kills, None),
    "readers": (lambda *a: kills.kill_readers(a[0], a[1].readers, a[2], a[3]), lambda chosen: chosen.readers, None),
    "two": (lambda *a: runs.two(a[0], a[3]), lambda chosen: 1, None),
    "unlocked": (lambda *a: runs.two_unlocked(a[0], a[3]), lambda chosen: 1, None),
    "after-kill": (lambda *a: runs.two_after_kill(a[0], a[2], a[3]), lambda chosen: 1, None),
    "orphan": (lambda *a: runs.orphan(a[0], a[3]), lambda chosen: 1, None),
    "full": (lambda *a: disks.fill(a[0], False, a[3]), lambda chosen: len(disks.SHARES), "mount"),
    "full-folder": (lambda *a: disks.fill(a[0], True, a[3]), lambda chosen: len(disks.SHARES) + 2, "mount"),
    "read-only": (lambda *a: disks.forbid(a[0], a[1].read_only, a[2], a[3]), lambda chosen: chosen.read_only, "mount"),
    "clock": (lambda *a: clock.set_back(a[0], a[1].turns, a[2], a[3]), lambda chosen: chosen.turns, "faketime"),
    "clock-change": (lambda *a: clock.change_after(a[0], a[3]), lambda chosen: 1, None),
    "slow": (lambda *a: runs.slow(a[0], a[1].slow, a[2], a[3]), lambda chosen: chosen.slow, "strace"),
}


def missing(need, folder):
    """Return why a kind cannot be tried here, or nothing."""
    if need == "mount":
        return "" if disks.can_mount(folder) else "not tried: only root can mount a small disk"
    return "" if need is None or shutil.which(need) else f"not tried: {need} is not installed"


def campaign(chosen, folder):
    """Try the chosen kinds of fault; return the outcomes."""
    setting = Setting(folder, chosen.cores)
    print(f"an undisturbed run: {len(setting.expected)} files, {setting.seconds:.0f} s", file=sys.stderr)
    outcomes = []
    names = [name for name in KINDS if chosen.only is None or name in chosen.only]
    with tqdm(total=sum(KINDS[name][1](chosen) for name in names), unit="fault") as progress:
        for name in names:
            action, number, need = KINDS[name]
            progress.set_description(name)
            why = missing(need, folder)
            if why:
                print(f"{name}: {why}", file=sys.stderr)
                progress.update(number(chosen))
                outcomes.append(Outcome(name, notes=[why]))
            else:
                outcomes += action(setting, chosen, random.Random(f"{chosen.seed} {name}"), progress)
    return outcomes


def table(outcomes):
    columns = ("kind", "tried", "survived", "lost", "wrong", "leftovers", "seconds")
    rows = [{name: getattr(item, name) for name in columns} for item in outcomes]
    frame = pd.DataFrame(rows, columns=columns)
    frame.loc[len(frame)] = ["total", *frame[list(columns[1:])].sum()]
    counts = list(columns[1:-1])
    return frame.astype(dict.fromkeys(counts, int)).round({"seconds": 0})


def main(argv=None):
    chosen = options(argv)
    # A shell's "&" makes a program ignore Ctrl-C, and all that it starts.
    signal.signal(signal.SIGINT, signal.default_int_handler)
    with tempfile.TemporaryDirectory(prefix="highlow_campaign_") as temporary:
        folder = (chosen.folder or Path(temporary)).resolve()
        folder.mkdir(parents=True, exist_ok=True)
        outcomes = campaign(chosen, folder)
    found = table(outcomes)
    print(found.to_string(index=False))
    for item in outcomes:
        for note in item.notes:
            print(f"{item.kind}: {note}")
    if chosen.table:
        found.to_csv(chosen.table, sep="\t", index=False)
    return 0 if all(item.good for item in outcomes) else 1


if __name__ == "__main__":
    sys.exit(main())
