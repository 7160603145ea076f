"""Where a result comes from, in words: a tree, notes, and the command that makes it again."""

import json
import shlex
from collections.abc import Iterator, Mapping
from pathlib import Path, PurePosixPath
from typing import Any

from highlow.commands.run import REPOSITORY
from highlow.networks import registry
from highlow.runs.code_hashes import Code
from highlow.runs.errors import HighlowError
from highlow.storage import provenance
from highlow.storage.origins import AS_WRITTEN, Origin, Recorded
from highlow.storage.result_names import RESULTS
from highlow.studied import defaults

# What steps say of their settings, by the config key and the default; a key with a dot is nested.
SETTINGS_OF_STEPS: Mapping[str, tuple[str, Any]] = {
    "orientations": ("stimuli.orientations", defaults.ORIENTATIONS),
    "ratios": ("stimuli.ratios", defaults.RATIOS),
    "phases": ("stimuli.phases", defaults.PHASES),
    "factors.seeds": ("factors.seeds", defaults.SEEDS),
    "steps": ("feature_visualization.steps", defaults.STEPS),
}
# Programs that read no file of the repository beside their code.
OWN_CODE = (
    *("run_in_turn.py", "detect.py", "compute_responses.py", "fit_factors.py", "measure_tuning.py"),
    *("tabulate_tuning.py", "merge_examples.py", "expand_weights.py"),
)


def command_of(found: Origin) -> str:
    """Return the command that makes a result again, with the settings that are not the default."""
    path = PurePosixPath(found.file)
    network = path.parts[0]
    words = ["snakemake", f"{RESULTS}/{found.file}"]
    config = [f"network={network}"] if _is_network(network) else []
    nested: dict[str, dict[str, Any]] = {}
    for key, value in _settings(found):
        outer, _, inner = key.partition(".")
        if inner:
            nested.setdefault(outer, {})[inner] = value
        else:
            config.append(f"{key}={value}")
    config += [f"{key}={_flow(values)}" for key, values in nested.items()]
    config += ["images=FOLDER"] if _uses_photographs(found) else []
    return shlex.join(words + (["--config", *config] if config else []))


def _settings(found: Origin) -> Iterator[tuple[str, Any]]:
    """Yield the config keys that were not at their default, each once."""
    told = set()
    for item in found.walk():
        steps = {name: item.config[name] for name in SETTINGS_OF_STEPS if name in item.config}
        pairs = [(*SETTINGS_OF_STEPS[name], value) for name, value in steps.items()]
        if item.seed is not None and item.config.get("network") is None:  # a generated network has an offset of its own
            pairs.append(("seed", 0, item.seed))
        if item.file.startswith("stimuli/") and "/field_" not in item.file and "pattern_size" in item.config:
            pairs.append(("stimuli.pattern_size", 60, item.config["pattern_size"]))
        for key, default, value in pairs:
            if value != default and key not in told:
                told.add(key)
                yield key, value


def _uses_photographs(found: Origin) -> bool:
    """Return whether a result is made from the user's own images, of which results keep a hash alone."""
    return any(item.config.get("manifest", "generated") != "generated" for item in found.walk())


def _flow(values: Mapping[str, Any]) -> str:
    """Return a mapping as YAML takes it on a command line."""
    return "{" + ", ".join(f"{key}: {json.dumps(value)}" for key, value in values.items()) + "}"


def _is_network(name: str) -> bool:
    try:
        registry.entry(name)
    except HighlowError:
        return name not in ("stimuli", "images", "training", "atlas")
    return True


def branches(item: Origin, depth: int, network: str = "", level: int = 0) -> tuple[str, list[Any]]:
    """Return a line and those below it, for `terminal.print_tree`; what was told above is named in one line."""
    network = network or item.file.split("/")[0]
    line = _line(item, network)
    if depth and level >= depth:
        return f"{line} (+{len(item.inputs)})" if item.inputs else line, []
    below = [branches(part, depth, network, level + 1) for part in item.inputs if not part.again]
    told = [_line(part, network) for part in item.inputs if part.again]
    return line, [*below, *([(f"and, as above: {', '.join(told)}", [])] if told else [])]


def _line(item: Origin, network: str) -> str:
    """Return a file without its network's folder, and what it is where its name does not say so."""
    name = item.file.removeprefix(f"{network}/") if item.role else item.file
    role, _, which = item.role.partition(":")
    shown = "" if role in item.file or which.isdigit() or not role else f"{item.role}: "
    state = "" if item.state == AS_WRITTEN else f" [{item.state}]"
    return f"{shown}{name or f'sha256 {item.sha256[:12]}...'}{state}{_facts(item)}"


def _facts(item: Origin) -> str:
    """Return the settings of a step, its seed, and what its weights were read from."""
    shown = [f"{key} {_value(value)}" for key, value in item.config.items() if value not in ("", [], None)]
    shown += [] if item.seed is None else [f"seed {item.seed}"]
    if item.facts.get("file"):
        shown.append(f"from {item.facts['file']}, sha256 {str(item.facts.get('sha256', ''))[:12]}...")
    return f": {', '.join(shown)}" if shown else ""


def _value(value: Any) -> str:
    if isinstance(value, float):
        return f"{value:g}"
    return ", ".join(map(str, value)) if isinstance(value, list) else str(value)


def notes(found: Origin, noted: Recorded | None) -> Iterator[str]:
    """Yield which code made a result, and with which versions of what."""
    if noted:
        known = code_of(noted)
        same = "" if known is None else ", the same code as here" if known else ", other code than here"
        programs = ", ".join(noted.programs)
        yield f"code: scripts/{programs}, rule {noted.rule}, hash {noted.code or 'not noted'}{same}"
    else:
        yield "code: not noted; no .snakemake beside these results, or it does not name this file"
    here = provenance.versions()
    other = [
        f"{name} {version} (here {here.get(name)})"
        for name, version in found.versions.items()
        if here.get(name) != version
    ]
    alike = [f"{name} {version}" for name, version in found.versions.items() if here.get(name) == version]
    if alike:
        yield f"versions, as here: {', '.join(alike)}"
    if other:
        yield f"versions, other than here: {', '.join(other)}"
    if _uses_photographs(found):
        yield "images: FOLDER is that of the photographs, which results do not name; without it generated ones serve"


def code_of(noted: Recorded) -> bool | None:
    """Return whether a job's code is the code here, None where it cannot be told.

    It is hashed with what the program reads beside its modules: of a figure its own module, of some programs facts.
    """
    names, _, figures = zip(*(program.partition(" ") for program in noted.programs), strict=True)
    files = [REPOSITORY / "scripts" / name for name in names]
    if not all(file.is_file() for file in files) or not noted.code:
        return None
    source = REPOSITORY / "src"
    beside = [source / f"highlow/figures/{figure}.py" for figure in figures if figure]
    beside = [path for path in beside if path.is_file()]
    found = Code(source).hash([*files, *beside])
    return True if found == noted.code else (False if beside or set(names) <= {*OWN_CODE} else None)


def folder_of(file: str) -> str:
    """Return what a message calls the results folder of a file."""
    path = Path(file)
    return next((part for part in path.parts if part == RESULTS), "its folder of results")


def as_json(item: Origin) -> dict[str, Any]:
    """Return an origin, and those below it, as JSON has them."""
    return vars(item) | {"inputs": [as_json(part) for part in item.inputs]}
