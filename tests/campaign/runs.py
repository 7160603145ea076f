"""Two runs at once in one folder, a job that outlives its run, and a slow file system."""

import shutil
import signal
import time

from tests.campaign.setting import Outcome
from tests.workflow.faults import command, final, jobs, results, send, until

LOCKED = "Directory cannot be locked"
WHOSE = "another run works in this folder"
# Every write and rename waits so long (strace's microseconds).
SLOW = (
    *("strace", "-f", "-qq", "-o", "/dev/null", "-e", "trace=write,pwrite64,rename,ftruncate,unlink"),
    *("-e", "inject=write,pwrite64,rename,ftruncate,unlink:delay_enter=4000"),
)


def two(setting, progress):
    """Start a second run while one works: it must be refused, in a line that says by whom; the first ends right."""
    outcome = Outcome("a second run in the same folder", tried=1)
    begin = time.monotonic()
    folder = setting.new_folder()
    first = setting.start(folder)
    until(lambda: list((folder / ".snakemake/locks").glob("*.output.lock")) or first.process.poll() is not None)
    second = setting.start(folder)
    refused = second.wait(setting.seconds * 3) == 1 and LOCKED in second.output()
    said = any(WHOSE in line and str(first.process.pid) in line for line in second.output().splitlines())
    if not (refused and said):
        outcome.notes.append(f"the second run was not refused: {second.output()[-300:]}")
    ended = setting.end(first, outcome, "the first run")
    setting.judge(folder).add_to(outcome, int(refused and said and ended))
    shutil.rmtree(folder, ignore_errors=True)
    outcome.seconds = time.monotonic() - begin
    progress.update()
    return [outcome]


def two_unlocked(setting, progress):
    """Run twice at once with --nolock; one may find that the other has removed what it reads."""
    outcome = Outcome("two runs at once with --nolock", tried=1)
    begin = time.monotonic()
    folder = setting.new_folder()
    runs = [setting.start(folder, "--nolock") for _ in range(2)]
    for run in runs:
        if run.wait(setting.seconds * 6) is None:
            run.kill()
            outcome.notes.append("still ran")
    setting.look(folder, outcome)
    setting.finish_and_judge(folder, outcome, 1)
    outcome.seconds = time.monotonic() - begin
    progress.update()
    return [outcome]


def two_after_kill(setting, generator, progress):
    """Kill a run and call snakemake twice at once: at most one takes the lock over."""
    outcome = Outcome("two runs at once after a kill", tried=1)
    begin = time.monotonic()
    folder = setting.new_folder()
    first = setting.start(folder)
    until(lambda: list((folder / ".snakemake/locks").glob("*.output.lock")) or first.process.poll() is not None)
    first.wait(generator.uniform(0, 3))
    first.kill()
    runs = [setting.start(folder) for _ in range(2)]
    statuses = [run.wait(setting.seconds * 6) for run in runs]
    refused = [LOCKED in run.output() for run in runs]
    if any(status != 0 and not locked for status, locked in zip(statuses, refused, strict=True)):
        outcome.notes.append(f"exit statuses {statuses}, refused {refused}")
    setting.look(folder, outcome)
    setting.finish_and_judge(folder, outcome, 1)
    outcome.seconds = time.monotonic() - begin
    progress.update()
    return [outcome]


def orphan(setting, progress):
    """Kill snakemake while a job sleeps; change a setting, run to the end; then let the job go on."""
    outcome = Outcome("a job outlives its run, settings changed", tried=1)
    begin = time.monotonic()
    expected = setting.new_folder(copied=setting.undisturbed)
    setting.finish(expected, outcome, setting.changed)
    folder = setting.new_folder()
    run = setting.start(folder, targets=["results/stimuli/high_low.h5"])
    found = until(lambda: [pid for pid in jobs(run.process.pid) if "generate_stimuli.py\0high_low" in command(pid)])
    send(found[0], signal.SIGSTOP)
    send(run.process.pid, signal.SIGKILL)
    run.process.wait()
    done = setting.finish(folder, outcome, setting.changed)
    send(found[0], signal.SIGCONT)
    ended = until(lambda: not jobs(run.process.pid))
    if "not kept, because the run that started this job was killed" not in run.output():
        outcome.notes.append(f"the job said: {run.output()[-300:]}")
    setting.judge(folder, final(results(expected))).add_to(outcome, int(done and bool(ended) and not outcome.notes))
    for path in (folder, expected):
        shutil.rmtree(path, ignore_errors=True)
    outcome.seconds = time.monotonic() - begin
    progress.update()
    return [outcome]


def slow(setting, number, generator, progress):
    """Let every write, rename and removal take longer, and kill such runs."""
    outcome = Outcome("slow file system, killed")
    begin = time.monotonic()
    folder = setting.new_folder()
    for _ in range(number):
        run = setting.start(folder, before=SLOW)
        if run.wait(generator.uniform(0.5, 1.5) * setting.seconds) is None:
            run.kill()
        outcome.tried += 1
        setting.look(folder, outcome)
        progress.update()
    setting.finish_and_judge(folder, outcome, outcome.tried)
    outcome.seconds = time.monotonic() - begin
    return [outcome]
