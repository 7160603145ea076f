"""Processes that are killed: all of a run, snakemake alone, a job, one that reads images; and signals to end."""

import shutil
import signal
import time

from tests.campaign.setting import ROOT, Outcome
from tests.workflow.faults import jobs, members, readers, send, until

# What is hit, the signal, and whether the run is expected to end by itself afterwards.
ALL, SNAKEMAKE, JOB, READER = "all processes", "snakemake alone", "a job", "a reader of images"
KINDS = {
    "kill -9 of all processes": (ALL, signal.SIGKILL, 13),
    "kill -9 of snakemake alone": (SNAKEMAKE, signal.SIGKILL, 4),
    "kill -9 of a job": (JOB, signal.SIGKILL, 4),
    "SIGTERM to all processes": (ALL, signal.SIGTERM, 2),
    "SIGTERM to snakemake alone": (SNAKEMAKE, signal.SIGTERM, 1),
    "Ctrl-C (SIGINT to all processes)": (ALL, signal.SIGINT, 2),
}
READERS = "kill -9 of a reader of images"
EXAMPLES = f"{ROOT}/dataset_examples"


def plan(number, generator):
    """Return `number` kinds in random order, in their proportions, each at least once if there is room."""
    weights = [share for *_, share in KINDS.values()]
    kinds = [*KINDS, *generator.choices([*KINDS], weights, k=number)][:number]
    generator.shuffle(kinds)
    return kinds


def kill(setting, number, generator, progress):
    """Disturb runs at random moments, call again at once, and judge each run when it ends; yield outcomes."""
    outcomes = {kind: Outcome(kind) for kind in KINDS}
    pending, folder = [], setting.new_folder()  # faults of the run that is not finished yet
    for kind in plan(number, generator):
        begin = time.monotonic()
        outcome = outcomes[kind]
        while not _hit(setting, folder, kind, generator, outcome):
            _close(setting, folder, pending, outcomes)
            pending, folder = [], setting.new_folder()
        outcome.tried += 1
        pending.append(kind)
        setting.look(folder, outcome)
        outcome.seconds += time.monotonic() - begin
        progress.update()
    setting.finish(folder, outcome)
    _close(setting, folder, pending, outcomes)
    return list(outcomes.values())


def _hit(setting, folder, kind, generator, outcome):
    """Start a run and disturb it; return False if it ended before."""
    whom, number, _ = KINDS[kind]
    run = setting.start(folder)
    status = run.wait(generator.uniform(0.3, 0.4 * setting.seconds))
    if status is None and whom == JOB:
        found = until(lambda: jobs(run.process.pid) or run.process.poll() is not None)
        victims = [] if found is True else [generator.choice(found)]
        status = None if victims else run.wait(0)
    else:
        victims = members(run.process.pid) if whom == ALL else [run.process.pid]
    if status is not None:
        if status != 0:
            setting.end(run, outcome, f"undisturbed after {kind}")
        return False
    if whom == ALL and number == signal.SIGKILL:
        run.kill()
        return True
    for victim in victims:
        send(victim, number)
    if run.wait(setting.seconds * 3) is None:
        outcome.notes.append(f"{kind}: still runs")
        run.kill()
    if run.process.returncode == 0:
        return False  # it came too late
    if number != signal.SIGKILL and "Traceback" in run.output():
        outcome.notes.append(f"{kind}: a traceback was shown")
    return True


def _close(setting, folder, pending, outcomes):
    """Judge a run that has ended for the faults that it went through."""
    verdict = setting.judge(folder)
    shares = {kind: pending.count(kind) for kind in pending}
    for kind, faults in shares.items():
        outcomes[kind].survived += faults if verdict.good else 0
    if not verdict.good:
        verdict.add_to(outcomes[pending[-1] if pending else next(iter(outcomes))], 0)
    shutil.rmtree(folder, ignore_errors=True)


def kill_readers(setting, number, generator, progress):
    """Kill a process of the pool that reads images ahead, while images are searched."""
    outcome = Outcome(READERS)
    begin = time.monotonic()
    folder = setting.new_folder(copied=setting.undisturbed)
    for _ in range(number):
        shutil.rmtree(folder / EXAMPLES, ignore_errors=True)
        run = setting.start(folder)
        found = until(lambda run=run: readers(run.process.pid) or run.process.poll() is not None, step=0.005)
        if found is True or not found:
            outcome.notes.append("no reader was found")
            run.kill()
            continue
        time.sleep(generator.uniform(0, 0.2))
        send(generator.choice(found), signal.SIGKILL)
        outcome.tried += 1
        if run.wait(setting.seconds * 3) is None:
            outcome.notes.append("still runs")
            run.kill()
        setting.look(folder, outcome)
        done = setting.finish(folder, outcome)
        outcome.survived += done and setting.judge(folder).good
        progress.update()
    setting.judge(folder).add_to(outcome, 0)
    shutil.rmtree(folder)
    outcome.seconds = time.monotonic() - begin
    return [outcome]
