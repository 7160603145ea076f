"""The process that reads inputs: with little memory, in empty folders, under guard; it may die."""

import os
import sys
import tempfile
import time
import traceback
from pathlib import Path
from random import Random

MEMORY = 2 * 2**30  # bytes that a reader may take
WARM_UP = 3  # inputs of each target, which load what is loaded at the first use


def inputs(target, seed, number):
    """Return one input of a target; the same ones give the same input."""
    return target.make(Random(f"{seed} {target.name} {number}"))


def work(connection, folder):
    """Answer each of a list of requests (target, seed, number) with (outcome, detail, seconds), list after list."""
    sys.dont_write_bytecode = True
    folder = Path(folder)
    for name in ("input", "working", "temporary"):
        (folder / name).mkdir(exist_ok=True)
    os.chdir(folder / "working")
    tempfile.tempdir = str(folder / "temporary")
    import torch

    from tests.fuzz import guard
    from tests.fuzz.targets import BY_NAME

    torch.set_num_threads(1)
    for target in BY_NAME.values():
        for number in range(WARM_UP):
            answer(target, "warm up", number, folder)
    guard.limit_memory(MEMORY)
    connection.send("ready")
    while requests := connection.recv():
        for name, seed, number in requests:
            connection.send(answer(BY_NAME[name], seed, number, folder))


def answer(target, seed, number, folder):
    """Read one input; return the outcome, what went wrong, and the seconds of processor time."""
    from tests.fuzz.target import outcome

    content = inputs(target, seed, number)
    start = time.process_time()
    path = folder / "input" / target.file
    try:
        found, detail = outcome(target, path, content), ""
        left = [item.name for place in ("working", "temporary") for item in (folder / place).iterdir()]
        if left:
            found, detail = "crash", f"files were written: {left}"
    except BaseException:
        found, detail = "crash", traceback.format_exc()
    seconds = time.process_time() - start
    if found != "crash":
        for item in (folder / "input").iterdir():
            item.unlink()
    else:
        (folder / "input" / target.file).replace(folder / f"crash_{number}_{target.file}")
    return found, detail, seconds
