"""The campaign: `python -m tests.fuzz --inputs 20000 --seed 1`. Ends with status 1 if a reader crashed."""

import argparse
import multiprocessing
import sys
import tempfile
import time
from pathlib import Path

from tqdm import tqdm

from tests.conftest import HANG
from tests.fuzz.targets import BY_NAME
from tests.fuzz.worker import work

AT_ONCE = 100  # inputs that the worker reads without being asked for each


class Reader:
    """A worker process, started anew when it dies."""

    def __init__(self, folder):
        self.folder = folder
        self.start()

    def start(self):
        context = multiprocessing.get_context("spawn")
        self.connection, other = context.Pipe()
        self.process = context.Process(target=work, args=(other, str(self.folder)), daemon=True)
        self.process.start()
        other.close()
        if not self.connection.poll(HANG) or self.connection.recv() != "ready":
            raise SystemExit("error: the process that reads inputs does not start")

    def read(self, requests):
        """Yield outcome, detail and seconds of inputs, also where the process died or hangs over one."""
        waiting = list(requests)
        while waiting:
            self.connection.send(waiting)
            try:
                while waiting and self.connection.poll(HANG):
                    found = self.connection.recv()
                    waiting.pop(0)
                    yield found
                detail = f"no answer for {HANG} s"
            except EOFError:
                self.process.join()
                detail = f"the process died: {self.process.exitcode}"
            if waiting:
                waiting.pop(0)
                yield "crash", detail, 0.0
                self.process.kill()
                self.start()

    def end(self):
        self.connection.send(None)
        self.process.join()


def arguments(argv):
    parser = argparse.ArgumentParser(description=__doc__)
    parser.add_argument("--inputs", type=int, default=20_000, help="of all readers together")
    parser.add_argument("--seed", type=int, default=0)
    parser.add_argument("--minutes", type=float, default=float("inf"), help="end after that time")
    parser.add_argument("--targets", nargs="*", default=list(BY_NAME), choices=list(BY_NAME), metavar="TARGET")
    parser.add_argument("--save", type=Path, help="folder for inputs that crash a reader")
    return parser.parse_args(argv)


def main(argv=None):
    options = arguments(argv)
    counts = {name: {"accepted": 0, "refused": 0, "crash": 0, "slowest": 0.0} for name in options.targets}
    requests = [
        (options.targets[number % len(counts)], options.seed, number // len(counts)) for number in range(options.inputs)
    ]
    end = time.monotonic() + 60 * options.minutes
    with tempfile.TemporaryDirectory() as folder:
        reader = Reader(Path(folder))
        bar = tqdm(total=len(requests), unit="input", disable=not sys.stderr.isatty())
        for start in range(0, len(requests), AT_ONCE):
            some = requests[start : start + AT_ONCE]
            for request, (outcome, detail, seconds) in zip(some, reader.read(some), strict=True):
                count = counts[request[0]]
                count[outcome] += 1
                count["slowest"] = max(count["slowest"], seconds)
                bar.update()
                if outcome == "crash":
                    report(request, detail, Path(folder), options.save)
            if time.monotonic() > end:
                break
        bar.close()
        reader.end()
    print(table(counts))
    return int(any(count["crash"] for count in counts.values()))


def report(request, detail, folder, save):
    """Say what crashed, and keep the input where that was asked for."""
    name, seed, number = request
    tqdm.write(f"crash: {name}, seed {seed}, number {number}: {detail}", file=sys.stderr)
    file = BY_NAME[name].file
    # The process puts an input that it survived aside; one that it died over lies where it was read.
    path = next((path for path in (folder / f"crash_{number}_{file}", folder / "input" / file) if path.is_file()), None)
    if save and path:
        save.mkdir(parents=True, exist_ok=True)
        kept = save / f"{name.replace(' ', '_').replace(':', '')}_{seed}_{number}{path.suffix}"
        kept.write_bytes(path.read_bytes())
        path.unlink()


def table(counts):
    """Return the table of what was read."""
    rows = [(name, sum(list(count.values())[:3]), *count.values()) for name, count in counts.items()]
    rows.append(("all", *(sum(column) for column in list(zip(*rows, strict=True))[1:5]), max(row[5] for row in rows)))
    lines = [f"{'reader':28}{'inputs':>9}{'accepted':>10}{'refused':>9}{'crashes':>9}{'slowest':>10}"]
    lines += [
        f"{name:28}{total:9}{good:10}{bad:9}{crash:9}{slow:8.2f} s" for name, total, good, bad, crash, slow in rows
    ]
    return "\n".join(lines)


if __name__ == "__main__":
    sys.exit(main())
