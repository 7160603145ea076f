"""The page on time and memory: tables and a plot of what lies in benchmarks/results, between two marks.

python -m benchmarks.report
"""

import json
import re
from collections.abc import Iterator, Mapping
from pathlib import Path
from typing import Any

from benchmarks import harness, machine

PAGE = machine.ROOT / "docs" / "performance.md"
PLOT = machine.ROOT / "docs" / "pictures" / "performance"
START, END = "<!-- benchmark: written by `make benchmark`, from here -->", "<!-- to here -->"
TASKS = ("pictures", "tuning_grid", "extraction", "examples", "expanded_weights", "factors", "pipeline")
Results = Mapping[str, Mapping[str, Any]]


def read(folder: Path = harness.RESULTS) -> dict[str, Any]:
    """Return every file of results by its task."""
    files = [json.loads(path.read_text(encoding="utf-8")) for path in sorted(folder.glob("*.json"))]
    return {found["task"]: found for found in files}


def duration(seconds: float) -> str:
    """Return a time with three digits and its unit."""
    for size, unit in ((1.0, "s"), (1e-3, "ms"), (1e-6, "µs")):
        if seconds >= size:
            return f"{seconds / size:#.3g}".rstrip(".") + f" {unit}"
    return f"{seconds * 1e9:.3g} ns"


def times(ratio: float) -> str:
    """Return a ratio in words: how many times as long another side takes."""
    return f"{ratio:.2f}" if ratio < 2 else f"{ratio:.1f}" if ratio < 20 else f"{ratio:.0f}"


def compared(results: Results) -> Iterator[str]:
    """Yield the table of programs."""
    yield "| task | program | an item | times ours | computed the same? |"
    yield "| --- | --- | --- | --- | --- |"
    for task in (results[name] for name in TASKS if name in results and name != "pipeline"):
        ratios = harness.ratios(task)
        for name, side in task["sides"].items():
            first = name == next(iter(task["sides"]))
            what = f"{task['title']} (one {task['item']})" if first else ""
            same = _same(task["check"]) if first else ""
            if "failed" in side:
                yield f"| {what} | {name} | | did not run: {_cell(side['failed'])} | {same} |"
            else:
                ratio = "1" if first else times(ratios[name]) if ratios else ""
                yield f"| {what} | {name}{_versions(side)} | {duration(harness.each(side))} | {ratio} | {same} |"


def _same(check: Mapping[str, Any] | None) -> str:
    return "" if check is None else f"{'yes' if check['passed'] else '**no**'}: {check['text']}"


def _versions(side: Mapping[str, Any]) -> str:
    return "".join(f", {name} {version}" for name, version in side["versions"].items() if name != "python")


def _cell(text: str) -> str:
    return re.sub(r"\s+", " ", text).replace("|", "/")[:120]


def notes(results: Results) -> Iterator[str]:
    """Yield what was done to get other programs to run, or what they do more."""
    for task in (results[name] for name in TASKS if name in results):
        for name, side in task["sides"].items():
            if side["note"]:
                yield f"* {name} ({task['title']}): {side['note']}."


def pipeline(task: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of whole runs."""
    sides = {name: side["parts"] for name, side in task["sides"].items() if "parts" in side}
    yield f"| {task['title']}, {task['settings']['cores']} cores | {' | '.join(sides)} |"
    yield "| --- |" + " --- |" * len(sides)
    for part in next(iter(sides.values()), {}):
        yield f"| {part} | {' | '.join(duration(found[part]) for found in sides.values())} |"


def roofline(task: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of kernels, and what holds those below one half."""
    limits = task["ceilings"]
    yield (
        f"One thread reaches {limits['gflops']:.0f} GFLOP/s in float32 matrix products of the best size, "
        f"{limits['gflops_double']:.0f} in float64, and moves {limits['gbytes']:.0f} GB/s in a large copy."
    )
    yield ""
    yield "| kernel | time | operations | bytes | bound by | reached |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for kernel in task["kernels"]:
        counts = f"{kernel['operations'] / 1e6:.3g} million | {kernel['bytes'] / 1e6:.3g} MB"
        reached = f"{kernel['fraction']:.0%}"
        yield f"| {kernel['title']} | {duration(kernel['seconds'])} | {counts} | {kernel['bound']} | {reached} |"
    held = [kernel for kernel in task["kernels"] if "held_by" in kernel]
    if held:
        yield ""
        yield "What took the time of those below one half:"
        yield ""
    for kernel in held:
        parts = ", ".join(
            f"{name.strip('_')} {share:.0%}" for name, share in kernel["held_by"].items() if share >= 0.05
        )
        yield f"* {kernel['title']}: {parts}."


def growth(task: Mapping[str, Any]) -> Iterator[str]:
    """Yield the table of exponents."""
    yield "| over | sizes | time | exponent | memory | exponent |"
    yield "| --- | --- | --- | --- | --- | --- |"
    for axis in task["axes"]:
        sizes = ", ".join(map(str, axis["sizes"]))
        seconds = ", ".join(map(duration, axis["seconds"]))
        memory = ", ".join(f"{value:.0f}" for value in axis["memory_mb"]) + " MB"
        first, second = (f"{axis[f'exponent_of_{name}']:.2f}" for name in ("time", "memory"))
        yield f"| {axis['axis']}: {axis['what']} | {sizes} | {seconds} | {first} | {memory} | {second} |"


def gpu(task: Mapping[str, Any]) -> Iterator[str]:
    """Yield what was found on a GPU."""
    if not task["gpu"]:
        yield "No GPU was at hand: nothing was measured on one. `python -m benchmarks.gpu` does every check on one."
        return
    yield f"On {task['gpu']}:"
    yield ""
    for name, found in task["checks"].items():
        yield f"* {name}: " + ", ".join(f"{key.replace('_', ' ')} {value:.3g}" for key, value in found.items()) + "."


def busy(results: Results) -> Iterator[str]:
    """Yield a warning where other work was on the machine."""
    load, cores = max((found["machine"]["load"], found["machine"]["cores"]) for found in results.values())
    if load > cores + 1:
        yield f"**The machine was busy with other work, up to {load:.0f} processes on {cores} cores**: times are long."
        yield ""


def summary(results: Results) -> Iterator[str]:
    """Yield in how many comparisons this program is the faster one, and where it is not."""
    found = [
        (ratio, f"{name} ({results[task]['title']})")
        for task in TASKS
        if task in results and task != "pipeline"
        for name, ratio in harness.ratios(results[task]).items()
        if not name.startswith(harness.OURS)
    ]
    slower = [f"{name}, which takes {times(ratio)} of its time" for ratio, name in found if ratio < 1]
    yield f"This program is faster in {len(found) - len(slower)} of {len(found)} comparisons."
    if slower:
        yield f"It is slower than {'; '.join(slower)}."


def text(results: Results) -> str:
    """Return what stands between the marks."""
    first = next(iter(results.values()))
    where, given, known = first["machine"], first["settings"], first["versions"]
    packages = ", ".join(f"{name} {version}" for name, version in known.items() if name != "python")
    lines = [
        f"Measured on {where['processor']} ({where['instructions']}), {where['cores']} cores, {where['memory_gb']} GB, "
        f"{where['kernel']}, with Python {known['python']}, {packages}. Network: `{given['network']}`; "
        f"images: {given['images']}.{' A quick run: take 20 % as the uncertainty.' if given['quick'] else ''} "
        "A side computes on one thread, and sides take turns. Times are medians of the processor's time for an item, "
        "those of whole runs and of growth are the clock's.",
        "",
        *busy(results),
        *summary(results),
        "",
        "![How many times as long as highlow each other program takes](pictures/performance.png)",
        "",
        "### Beside other programs",
        "",
        *compared(results),
        "",
        *notes(results),
    ]
    parts = {"pipeline": pipeline, "roofline": roofline, "growth": growth, "gpu": gpu}
    titles = ("Whole runs", "How near the hardware", "How it grows", "On a GPU")
    for (name, written), title in zip(parts.items(), titles, strict=True):
        if name in results:
            lines += ["", f"### {title}", "", *written(results[name])]
    return "\n".join(lines) + "\n"


def drawn(results: Results, output: Path) -> None:
    """Draw how many times as long as ours every other side takes, as `<output>.svg` and `.png`."""
    from highlow.figures import drawing

    bars = [
        (f"{name}\n{results[task]['title']}", ratio)
        for task in TASKS
        if task in results
        for name, ratio in harness.ratios(results[task]).items()
        if not name.startswith(harness.OURS)
    ][::-1]
    with drawing.own_style():
        figure = drawing.new_figure(0.9 + 0.36 * len(bars), "Time of other programs over highlow's")
        axes = figure.add_subplot()
        slower = [drawing.HIGH_COLOR if ratio < 1 else drawing.LOW_COLOR for _, ratio in bars]
        axes.barh(range(len(bars)), [ratio for _, ratio in bars], color=slower, height=0.7)
        axes.set_yticks(range(len(bars)), [name for name, _ in bars], fontsize=6.5)
        for place, (_, ratio) in enumerate(bars):
            axes.text(ratio, place, f" {times(ratio)}", va="center", fontsize=7)
        axes.set_xscale("log")
        axes.axvline(1, color="black", lw=0.8)
        axes.set_xlabel("times as long (logarithmic; left of the line highlow is slower)")
        drawing.settle(figure)
        svg = output.with_suffix(".svg")
        figure.savefig(svg, metadata={"Date": None, "Creator": None})
        svg.write_text(drawing.with_stable_names(svg.read_text(encoding="utf-8")), encoding="utf-8")
        figure.savefig(output.with_suffix(".png"), metadata={"Software": None}, dpi=110)


def write(results: Path = harness.RESULTS, page: Path = PAGE, plot: Path = PLOT) -> None:
    """Write the plot, and the part of the page between the marks."""
    found = read(results)
    if not found:
        raise SystemExit("error: no results to report; run `make benchmark` first")
    drawn(found, plot)
    before, start, rest = page.read_text(encoding="utf-8").partition(START)
    _, end, after = rest.partition(END)
    if not (start and end):
        raise SystemExit(f"error: {page.name} lacks the marks between which the report is written: {START} and {END}")
    page.write_text(f"{before}{START}\n{text(found)}{END}{after}", encoding="utf-8")


if __name__ == "__main__":
    write()
