"""What the campaign runs, and how a disturbed run is judged against an undisturbed one."""

import shutil
import time
from dataclasses import dataclass, field
from itertools import count

from highlow.storage.atomic_files import is_temporary
from tests.conftest import HANG
from tests.workflow.faults import Run, errors, final, incomplete, members, results, until
from tests.workflow.runner import SMALL, few_images

NETWORK = "inceptionv1_selfsup"
ROOT = f"results/{NETWORK}"
# Weights, stimuli, responses, tables, a search in shards, a figure.
LAYER = "conv2d2"  # an early one, so that a run is short
TARGETS = (f"{ROOT}/tables/tuning.tsv", f"{ROOT}/figures/stimulus_axes.svg", f"{ROOT}/dataset_examples/{LAYER}.h5")
# Another setting for what a part of the targets is made from.
CHANGE = {"stimuli": SMALL["stimuli"] | {"ratios": 9}}


@dataclass
class Outcome:
    """What came of some faults of one kind.

    Attributes
    ----------
    tried, survived : int
        Faults; survived are those after which everything ended as if undisturbed.
    lost, wrong : int
        Files that were missing in the end; that were, in the end or under their final name after a fault, not as those
        of an undisturbed run.
    leftovers : int
        Temporary files and processes that remained in the end.
    seconds : float
    notes : list of str
        What went wrong, or why nothing was tried.
    """

    kind: str
    tried: int = 0
    survived: int = 0
    lost: int = 0
    wrong: int = 0
    leftovers: int = 0
    seconds: float = 0.0
    notes: list[str] = field(default_factory=list)

    @property
    def good(self):
        return self.survived == self.tried and not self.lost + self.wrong + self.leftovers


@dataclass
class Verdict:
    """How a folder compares with an undisturbed run."""

    lost: list
    wrong: list
    leftovers: list

    @property
    def good(self):
        return not self.lost + self.wrong + self.leftovers

    def add_to(self, outcome, faults):
        """Count `faults` as survived if nothing is wrong, and what is wrong in any case."""
        outcome.survived += faults if self.good else 0
        outcome.lost += len(self.lost)
        outcome.wrong += len(self.wrong)
        outcome.leftovers += len(self.leftovers)
        outcome.notes += [f"lost {path}" for path in self.lost] + [f"wrong {path}" for path in self.wrong]
        outcome.notes += [f"left {item}" for item in self.leftovers]


class Setting:
    """The targets, their settings, and what an undisturbed run makes of them.

    Parameters
    ----------
    folder : Path
        For all runs.
    cores : str
    targets : sequence of str
    """

    def __init__(self, folder, cores, targets=TARGETS):
        self.folder, self.cores, self.targets = folder, cores, targets
        images = folder / "photographs"
        images = images if images.is_dir() else few_images(images, count=6)
        shards = {"count": 2, "shards": 2}
        self.settings = SMALL | {"layer": LAYER, "images": str(images), "dataset_examples": shards}
        self.changed = self.settings | CHANGE
        self._numbers = count(len(list(folder.glob("run*_config.json"))))
        self.sessions = []
        self.undisturbed = folder / "undisturbed"
        begin = time.monotonic()
        assert self.start(self.undisturbed).wait(HANG) == 0, self.undisturbed
        took = folder / "seconds"
        if not took.is_file():  # else the folder is that of an earlier campaign, and this was no whole run
            took.write_text(str(time.monotonic() - begin))
        self.seconds = float(took.read_text())
        self.expected = final(results(self.undisturbed))
        self.size = sum(map(len, self.expected.values()))

    def new_folder(self, copied=None):
        """Return a folder for a run: an empty one, or a copy."""
        folder = self.folder / f"run{next(self._numbers)}"
        if copied:
            shutil.copytree(copied, folder, symlinks=True)
        return folder

    def start(self, folder, *words, targets=None, settings=None, before=()):
        run = Run(
            *(folder, *(targets or self.targets), *words),
            settings=settings or self.settings,
            cores=self.cores,
            before=before,
        )
        self.sessions.append(run.process.pid)
        return run

    def end(self, run, outcome, what):
        """Wait for a run that is expected to end well; return whether it did."""
        status = run.wait(HANG)
        if status is None:
            run.kill()
        if status != 0:
            said = errors(run.output()) or run.output().splitlines()[-3:]
            outcome.notes.append(f"{what}: exit status {status}: {'; '.join(said)[:300]}")
        return status == 0

    def finish(self, folder, outcome, settings=None):
        """Call snakemake again; return whether it ended well."""
        return self.end(self.start(folder, settings=settings), outcome, "the next call")

    def judge(self, folder, expected=None):
        """Compare what lies in a folder with an undisturbed run, and look for what remained."""
        expected = self.expected if expected is None else expected
        found = results(folder)
        temporary = [path for path in found if is_temporary(path.name)]
        # Jobs that outlive a killed run end at their next file.
        until(lambda: not any(members(session) for session in self.sessions), seconds=60 + 3 * self.seconds)
        processes = [f"process {pid}" for session in self.sessions for pid in members(session)]
        lost = [path for path in expected if path not in found]
        return Verdict(lost, incomplete(folder, expected), temporary + processes)

    def finish_and_judge(self, folder, outcome, faults, expected=None, settings=None):
        """Call snakemake again until the end, and count the faults before as survived or not."""
        done = self.finish(folder, outcome, settings)
        self.judge(folder, expected).add_to(outcome, faults if done else 0)
        shutil.rmtree(folder, ignore_errors=True)

    def look(self, folder, outcome, expected=None):
        """Count what lies under its final name after a fault and is not complete."""
        found = incomplete(folder, self.expected if expected is None else expected)
        outcome.wrong += len(found)
        outcome.notes += [f"incomplete after the fault: {path}" for path in found]
        return not found
