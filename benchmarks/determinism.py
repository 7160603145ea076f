"""Say what changes no byte of the results and, where bytes change, how large the difference is.

Runs one small pipeline several times, each time with something else: cores, shards, threads, the processor's
instructions, the seed. Prints, for each kind of file, how many are the same to the byte, the largest difference
relative to the largest value, and what stays of the decisions (which units are detectors).

python benchmarks/determinism.py --folder FOLDER
"""

import argparse
import os
import subprocess
import sys
import tempfile
from collections.abc import Callable, Iterator, Mapping
from pathlib import Path

import h5py
import numpy as np
import pandas as pd
from PIL import Image

REPOSITORY = Path(__file__).resolve().parent.parent
NETWORK = "inceptionv1_selfsup"
TARGETS = [
    f"results/{NETWORK}/{path}"
    for path in (
        "tables/detectors.tsv",
        "tables/tuning.tsv",
        "tables/example_sides.tsv",
        "factors/maxpool1_to_mixed3a.h5",
        "pictures/mixed3a.h5",
        "figures/fig03_tuning.svg",
    )
]
SMALL = [
    *("stimuli={orientations: 25, ratios: 10, phases: 2}", "factors={seeds: 3}", "controls={draws: 0}"),
    *("universality=[]", "feature_visualization={steps: 32}"),
]
# The instructions of processors of 2013: what another machine of a cluster may have.
OLDER_PROCESSOR = {"ATEN_CPU_CAPABILITY": "avx2", "ONEDNN_MAX_CPU_ISA": "AVX2", "OPENBLAS_CORETYPE": "Haswell"}


def run(
    folder: Path, *words: str, settings: tuple[str, ...] = (), environment: Mapping[str, str] | None = None
) -> Path:
    """Run the pipeline with results below a folder; return that of the results."""
    command = [sys.executable, "-m", "snakemake", *TARGETS, "--directory", str(folder), "--config", *SMALL, *settings]
    command += words if "--cores" in words else [*words, "--cores", "1"]
    variables = os.environ | {"HIGHLOW_OFFLINE": "1"} | (environment or {})
    subprocess.run(command, cwd=REPOSITORY, env=variables, check=True, capture_output=True)
    return folder / "results"


def files(results: Path) -> set[Path]:
    """Return the results without logs, benchmarks and shards, which are of one way to run."""
    found = (path.relative_to(results) for path in results.rglob("*") if path.is_file())
    return {path for path in found if not {"logs", "benchmarks", "shards"} & set(path.parts)}


def arrays(path: Path) -> Iterator[np.ndarray]:
    """Yield the numbers that a file holds."""
    if path.suffix == ".h5":
        found: list[np.ndarray] = []
        with h5py.File(path) as file:
            file.visititems(lambda _, item: found.append(item[...]) if isinstance(item, h5py.Dataset) else None)
        yield from found
    elif path.suffix == ".tsv":
        yield from pd.read_csv(path, sep="\t").select_dtypes("number").to_numpy().T
    elif path.suffix == ".png":
        yield np.asarray(Image.open(path))


def difference(path: Path, other: Path) -> float:
    """Return the largest difference of two files' numbers, each relative to the largest value of its array."""
    pairs = zip(arrays(path), arrays(other), strict=True)
    numbers = [(a.astype(float), b.astype(float)) for a, b in pairs if a.dtype.kind in "iufb" and a.size]
    if any(a.shape != b.shape for a, b in numbers):
        return np.inf
    scales = [np.nanmax(np.abs(a)) if np.isfinite(a).any() else 0 for a, _ in numbers]
    return max((float(np.nanmax(np.abs(a - b)) / s) for (a, b), s in zip(numbers, scales, strict=True) if s), default=0)


def compare(name: str, first: Path, second: Path) -> list[dict[str, object]]:
    """Return a row for each kind of file: how many there are, how many are the same, and the largest difference."""
    kinds: dict[str, list[Path]] = {}
    for path in sorted(files(first) | files(second)):
        kinds.setdefault(path.suffix, []).append(path)
    detectors = [pd.read_csv(root / TARGETS[0].removeprefix("results/"), sep="\t") for root in (first, second)]
    accepted = [set(table.loc[table["is_detector"] == 1, "unit"]) for table in detectors]
    rows = []
    for kind, paths in kinds.items():
        there = [path for path in paths if (first / path).is_file() and (second / path).is_file()]
        other = [path for path in there if (first / path).read_bytes() != (second / path).read_bytes()]
        rows.append(
            {
                "run": name,
                "files": kind,
                "number": len(paths),
                "in one run only": len(paths) - len(there),
                "other bytes": len(other),
                "largest difference": max((difference(first / path, second / path) for path in other), default=0.0),
                "same detectors": accepted[0] == accepted[1],
            }
        )
    return rows


def main() -> None:
    parser = argparse.ArgumentParser(description=__doc__, formatter_class=argparse.RawDescriptionHelpFormatter)
    parser.add_argument("--folder", type=Path, help="folder of the runs; without it, a temporary one")
    parser.add_argument("--output", type=Path, help="TSV to write the table to")
    options = parser.parse_args()
    with tempfile.TemporaryDirectory() as temporary:
        root = options.folder or Path(temporary)
        listing = [sys.executable, "-m", "snakemake", "--list-rules"]
        rules = subprocess.run(
            listing, cwd=REPOSITORY, capture_output=True, encoding="utf-8", check=True
        ).stdout.split()
        two_threads = ["--set-threads", *(f"{rule}=2" for rule in rules), "--cores", "2"]
        variants: dict[str, Callable[[Path], Path]] = {
            "again": run,
            "two cores": lambda folder: run(folder, "--cores", "2"),
            "five shards": lambda folder: run(folder, settings=("dataset_examples={shards: 5}",)),
            "two threads a job": lambda folder: run(folder, *two_threads),
            "instructions of 2013": lambda folder: run(folder, environment=OLDER_PROCESSOR),
            "another seed": lambda folder: run(folder, settings=("seed=1",)),
        }
        first = run(root / "first")
        rows = []
        for name, variant in variants.items():
            found = compare(name, first, variant(root / name.replace(" ", "_")))
            print(pd.DataFrame(found).to_string(index=False), flush=True)
            rows += found
    if options.output:
        pd.DataFrame(rows).to_csv(options.output, sep="\t", index=False)


if __name__ == "__main__":
    main()
