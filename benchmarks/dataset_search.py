"""Measure the search through images and plan one through any number of them.

Photographs are repeated under other names. At every size the jobs of the workflow run as they do there: listing, search
and responses, with their merges. Printed are CPU seconds, peak memory and bytes; whether any number of shards gives the
same bytes; and a linear model, fitted to all sizes but the last, its error at that last one, and what it says of the
planned number of images. CPU seconds hold on a machine that others use too.

HIGHLOW_WEIGHTS=weights python benchmarks/dataset_search.py --images photographs --network googlenet
"""

import argparse
import json
import os
import shutil
import subprocess
import sys
import tempfile
import time
from collections import defaultdict
from collections.abc import Mapping, Sequence
from dataclasses import dataclass, replace
from itertools import cycle
from pathlib import Path

import numpy as np

from highlow.networks import registry
from highlow.pictures import image_names
from highlow.storage.checksums import sha256

SCRIPTS = Path(__file__).resolve().parent.parent / "scripts"
FOLDER_SIZE = 1000  # images a folder, about as ImageNet has them


@dataclass(frozen=True)
class Run:
    """One job: CPU seconds of it and its readers, their wall time, peak MB of all its processes, bytes written."""

    job: str
    images: int
    shards: int
    cpu: float
    wall: float
    memory: float
    size: int


def repeated(source: Path, folder: Path, count: int) -> None:
    """Make a folder of `count` images out of those of `source`: hard links, or copies where there are none."""
    photographs = [name for name in image_names.walk(source) if not image_names.why_not_read(source, name)]
    photographs = [name for name in photographs if Path(name).suffix.lower() in (".jpg", ".jpeg", ".png")]
    for index, name in zip(range(count), cycle(photographs), strict=False):
        path = folder / f"{index // FOLDER_SIZE:05d}" / f"{index:08d}{Path(name).suffix}"
        path.parent.mkdir(parents=True, exist_ok=True)
        try:
            path.hardlink_to(source / name)
        except OSError:
            shutil.copyfile(source / name, path)


def weights(network: str, output: Path) -> None:
    """Write a network's weights in another process: one that starts from a small parent shows its own memory."""
    words = ["extract_weights.py", "--network", network, "--output", output]
    if registry.entry(network).generator:
        words = ["generate_network.py", "--weights", output, "--ground-truth", output.with_suffix(".tsv")]
    subprocess.run([sys.executable, str(SCRIPTS / words[0]), *map(str, words[1:])], check=True)


def peak(process: int) -> int:
    """Return the peak resident memory of a process in bytes; 0 if it has ended."""
    try:
        lines = Path(f"/proc/{process}/status").read_text(encoding="utf-8", errors="replace").splitlines()
        return next((int(line.split()[1]) << 10 for line in lines if line.startswith("VmHWM")), 0)
    except OSError:
        return 0


def children(process: int) -> list[int]:
    try:
        return [
            int(word) for word in Path(f"/proc/{process}/task/{process}/children").read_text(encoding="ascii").split()
        ]
    except OSError:
        return []


def measured(job: str, images: int, shards: int, output: Path, *words: object) -> Run:
    """Run a script of the workflow. Memory is the sum over its processes of the peak of each."""
    command = [sys.executable, str(SCRIPTS / f"{job}.py"), *map(str, words), "--output", str(output)]
    start = time.perf_counter()
    readers: dict[int, list[int]] = defaultdict(list)
    with tempfile.TemporaryFile() as log:
        process = subprocess.Popen(command, stdout=log, stderr=log)
        while True:
            done, status, usage = os.wait4(process.pid, os.WNOHANG)
            if done:
                break
            for reader in children(process.pid):
                readers[reader].append(peak(reader))
            time.sleep(0.2)
        process.returncode = os.waitstatus_to_exitcode(status)
        if process.returncode:
            log.seek(0)
            raise SystemExit(log.read().decode())
    # A child that is soon gone is no reader but a program that a library asks; until that runs, its memory is ours.
    memory = ((usage.ru_maxrss << 10) + sum(max(peaks) for peaks in readers.values() if len(peaks) >= 5)) / 1e6
    wall, cpu = time.perf_counter() - start, usage.ru_utime + usage.ru_stime
    print(
        f"{job:24} {images:8d} {shards:6d} {cpu:9.1f} {wall:9.1f} {memory:7.0f} {output.stat().st_size:11d}", flush=True
    )
    return Run(job, images, shards, cpu, wall, memory, output.stat().st_size)


def search(work: Path, folder: Path, count: int, shards: int, options: argparse.Namespace) -> list[Run]:
    """Run every job of a search in so many shards, one after another."""
    place = work / f"{count}_{shards}"
    place.mkdir()
    dataset = ["--images", folder]
    table = place / "images.tsv"
    weights = ["--weights", work / "weights.h5", "--image-table", table, "--device", "cpu"]
    layers = ["--layers", *options.layers, "--cropped", options.layers[0]]
    runs, found = [], {}

    def scattered(job: str, suffix: str, *words: object) -> list[Path]:
        parts = [place / f"{job}_{shard}{suffix}" for shard in range(shards)]
        for shard, path in enumerate(parts):
            here = len(image_names.part(count, shard, shards))
            runs.append(measured(job, here, shards, path, *words, *dataset, "--shard", shard, "--shards", shards))
        return parts

    def gathered(job: str, path: Path, parts: list[Path], *words: object) -> None:
        runs.append(measured(job, count, shards, path, "--shards", *parts, *words))
        found[path.name] = sha256(path)

    gathered("merge_image_tables", table, scattered("list_images", ".tsv"))
    parts = scattered("search_examples", ".h5", *weights, *layers)
    before = len(runs)
    for layer in options.layers:
        gathered("merge_examples", place / f"{layer}.h5", parts, "--layer", layer)
    runs[before:] = [together(runs[before:])]
    if options.responses:
        parts = scattered("compute_image_responses", ".h5", *weights, "--layer", options.layers[0])
        gathered("merge_image_responses", place / "responses.h5", parts)
    known = work / f"{count}.json"
    if known.is_file() and json.loads(known.read_text(encoding="utf-8")) != found:
        raise SystemExit(f"{shards} shards of {count} images gave other bytes: {found}")
    known.write_text(json.dumps(found), encoding="utf-8")
    return runs


def together(runs: Sequence[Run]) -> Run:
    """Return the jobs of several layers as one."""
    cpu, wall, size = (sum(getattr(run, name) for run in runs) for name in ("cpu", "wall", "size"))
    return replace(runs[0], cpu=cpu, wall=wall, size=size, memory=max(run.memory for run in runs))


def line(runs: Sequence[Run], value: str) -> tuple[float, float]:
    """Return start and slope of a value: over images, where only shards make a job longer over those."""
    axis = "shards" if runs[0].job == "merge_examples" else "images"
    places, values = ([getattr(run, name) for run in runs] for name in (axis, value))
    if len(set(places)) == 1:
        return float(np.mean(values)), 0.0
    slope, start = np.polyfit(places, values, 1)
    return float(start), float(slope)


def report(runs: Sequence[Run], options: argparse.Namespace) -> None:
    """Print the model, its error at the largest size, how much memory differs, and the plan."""
    held_out = max(options.sizes)
    by_job = {job: [run for run in runs if run.job == job] for job in dict.fromkeys(run.job for run in runs)}
    models = {job: line([run for run in mine if run.images < held_out], "cpu") for job, mine in by_job.items()}
    print(f"\nmodel of the other sizes; at {held_out} images predicted, measured and error; memory over all sizes")
    for job, mine in by_job.items():
        start, slope = models[job]
        test = [run for run in mine if run.images == held_out]
        predicted = start + slope * (1 if job == "merge_examples" else held_out)
        real = float(np.mean([run.cpu for run in test]))
        memory = [run.memory for run in mine if run.shards == 1]
        spread = max(memory) / min(memory) - 1
        print(
            f"{job:24} {start:6.2f} s + {1000 * slope:8.3f} ms; {predicted:7.1f} s {real:7.1f} s"
            f" {100 * (predicted / real - 1):+6.1f} %; {max(memory):4.0f} MB {100 * spread:5.1f} %"
        )
    print(f"\n{options.planned} images: shards, jobs, files, core hours, hours of the longest job, GB")
    for shards in options.planned_shards:
        hours, longest, size, jobs = plan(by_job, models, options.planned, shards, len(options.layers))
        files = 3 * jobs + shards + 1  # output, log and benchmark of each, and the provenance of tables
        print(f"{shards:6d} {jobs:6d} {files:6d} {hours:8.1f} {longest:8.2f} {size / 1e9:8.2f}")


def plan(
    by_job: Mapping[str, Sequence[Run]],
    models: Mapping[str, tuple[float, float]],
    images: int,
    shards: int,
    layers: int,
) -> tuple[float, float, float, int]:
    """Return core hours, hours of the longest job, bytes that stay, and jobs of a search in so many shards."""
    seconds, longest, size, jobs = 0.0, 0.0, 0.0, 0
    for job, (start, slope) in models.items():
        first, each = line(by_job[job], "size")
        if job == "merge_examples":
            mine, count = start + slope * shards, layers
            longest = max(longest, mine / layers)
            size += by_job[job][-1].size
        elif job.startswith("merge"):
            mine, count = start + slope * images, 1
            longest = max(longest, mine)
            size += first + each * images
        else:
            mine, count = start * shards + slope * images, shards
            longest = max(longest, mine / shards)
            # What a search keeps does not depend on the images; shards of responses go when they are merged.
            kept = {"search_examples": shards * max(run.size for run in by_job[job]), "compute_image_responses": 0}
            size += kept.get(job, first * shards + each * images)
        seconds, jobs = seconds + mine, jobs + count
    return seconds / 3600, longest / 3600, size, jobs


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--images", type=Path, required=True, help="folder of photographs to repeat")
    parser.add_argument("--network", default="googlenet")
    parser.add_argument(
        "--layers", nargs="+", default=["mixed3a", "conv2d2", "conv2d1", "mixed3b"], help="of the first crops are kept"
    )
    parser.add_argument("--sizes", nargs="+", type=int, default=[500, 2000, 8000], help="the largest tests the model")
    parser.add_argument("--shards", nargs="*", type=int, default=[2, 4], help="beside 1, at the middle size")
    parser.add_argument("--responses", action="store_true", help="measure the responses to images too")
    parser.add_argument("--planned", type=int, default=1_281_167, help="images of the plan")
    parser.add_argument("--planned-shards", nargs="+", type=int, default=[16, 64, 256, 1000])
    parser.add_argument("--work", type=Path, help="folder on the photographs' file system, for hard links")
    options = parser.parse_args()
    sizes = sorted(options.sizes)
    with tempfile.TemporaryDirectory(dir=options.work) as name:
        work = Path(name)
        weights(options.network, work / "weights.h5")
        print(f"{'job':24} {'images':>8} {'shards':>6} {'CPU s':>9} {'wall s':>9} {'MB':>7} {'bytes':>11}")
        runs = []
        for count in sizes:
            folder = work / "photographs" / str(count)
            repeated(options.images, folder, count)
            start = time.perf_counter()
            image_names.manifest_hash(folder)
            print(f"{'hash of the folder':24} {count:8d} {'':6} {'':9} {time.perf_counter() - start:9.1f}")
            shards = [1, *options.shards] if count == sizes[len(sizes) // 2] else [1]
            for number in shards:
                runs += search(work, folder, count, number, options)
        report(runs, options)


if __name__ == "__main__":
    main()
