"""Which networks there are, and where each comes from."""

import re
from collections.abc import Mapping
from dataclasses import asdict, dataclass, field, fields, replace
from functools import cache
from importlib import resources
from pathlib import Path
from typing import Any

import yaml

from highlow.runs.errors import HighlowError, nearest

# What a control destroys, in words; `highlow.networks.controls` does it.
CONTROLS = {
    "shuffled_space": "taps of every convolution shuffled",
    "shuffled_channels": "inputs of every convolution shuffled",
    "shuffled_last": "taps of the studied layer's convolutions alone shuffled",
    "random": "weights redrawn with the same moments",
}
# Architectures that a generator makes.
GENERATED = {"planted": ("planted", "planted_wide", "planted_deep")}
# Torchvision's networks as wildcards, controls left out.
TORCHVISION_PATTERN = rf"torchvision_(?!\w*_(?:{'|'.join(CONTROLS)})(?:_[1-9][0-9]*)?/)\w+"
# In these nothing may be found; the other one measures what earlier layers give.
EMPTY_CONTROLS = ("shuffled_space", "shuffled_channels", "random")
# Networks of torchvision's own list; their folders are called `torchvision_<name>`, and so are they here.
TORCHVISION = "torchvision/"
AUTO = "auto"
CONTROL_NAME = rf"(?P<base>.+?)_(?P<control>{'|'.join(CONTROLS)})(?:_(?P<draw>[1-9][0-9]*))?"


@dataclass(frozen=True)
class WeightFile:
    """A file that holds a network's weights, or a folder of such files; `registry.yaml` explains the fields."""

    file: str
    sha256: str = ""
    sha1: str = ""
    git_blob: str = ""
    url: str = ""
    naming: str = ""
    parts: str = ""

    @property
    def has_hash(self) -> bool:
        """Whether the file can be told from any other before it is opened."""
        return bool(self.sha256 or self.sha1 or self.git_blob)


@dataclass(frozen=True)
class Entry:
    """What the registry knows of a network; `registry.yaml` explains the fields.

    A control has `control` (what is destroyed), `draw` (which of its random draws) and `base` (the intact network).
    """

    name: str
    architecture: str
    layer: str
    title: str = ""
    files: tuple[WeightFile, ...] = ()
    generator: str = ""
    seed_offset: int = 0
    embedded: bool = False
    fingerprint: str = ""
    padding: str = ""
    branch: str = ""
    sources: tuple[str, ...] = ()
    downstream: str = ""
    source: str = ""
    training_record: str = ""
    control: str = ""
    draw: int = 0
    base: str = ""
    module: str = ""
    arguments: Mapping[str, Any] = field(default_factory=dict)
    weights: str = ""
    mean: tuple[float, ...] = ()
    std: tuple[float, ...] = ()
    size: int = 0
    until: str = ""


@cache
def shipped() -> dict[str, Entry]:
    """Return the networks of `registry.yaml` by name."""
    text = resources.files("highlow.networks").joinpath("registry.yaml").read_text(encoding="utf-8")
    return {name: _entry(name, values) for name, values in yaml.safe_load(text).items()}


def with_files() -> list[str]:
    """Return the shipped networks whose weights come from a file."""
    return [name for name, item in shipped().items() if item.files]


def offline_beside(found: Entry, extra: Mapping[str, Mapping[str, Any]] | None = None) -> list[str]:
    """Return the networks that can be put beside another without a download, for networks that need none themselves.

    Beside a generated network every generated one; beside one that comes with the library the others that do, and the
    first generated one, in which the truth is known. A control has none.
    """
    known = [entry(name, extra) for name in shipped()]
    generated = [item.name for item in known if item.generator]
    if found.control or not (found.generator or found.embedded):
        return []
    return generated if found.generator else [*(item.name for item in known if item.embedded), *generated[:1]]


# Fields that say how a module is built and what it is shown.
OF_MODULES = ("arguments", "weights", "mean", "std", "size", "until")


def internal_name(name: str) -> str:
    """Return a network's name as files have it: `torchvision/resnet18` is `torchvision_resnet18`."""
    return name.replace("/", "_") if name.startswith(TORCHVISION) else name


def entry(name: str, extra: Mapping[str, Mapping[str, Any]] | None = None) -> Entry:
    """Return a network's entry.

    That of a module is as the configuration or torchvision's name gives it; what only its code knows is added by
    `importing.description.complete`.

    Parameters
    ----------
    name : str
        Registry name, `torchvision/<name>` among them; `<name>_<control>` and `<name>_<control>_<draw>` are controls
        of any network.
    extra : mapping, optional
        More entries, as in the config key `networks`; they win over shipped ones of the same name.

    Raises
    ------
    HighlowError
        If the name is unknown; the message names the nearest one.
    """
    known = shipped() | {key: _entry(key, values) for key, values in (extra or {}).items()}
    name = internal_name(name)
    if name in known:
        return known[name]
    match = re.fullmatch(CONTROL_NAME, name)
    if match:
        base = known.get(match["base"]) or _of_torchvision(match["base"])
        if base:
            return _control_entry(name, base, match["control"], int(match["draw"] or 0))
    found = _of_torchvision(name)
    if found:
        return found
    names = [*known, *(f"{item}_{control}" for item in known for control in CONTROLS)]
    raise HighlowError(f"unknown network {name!r}; {nearest(name, sorted(names))}")


def _of_torchvision(name: str) -> Entry | None:
    """Return the entry of one of torchvision's networks by its internal name."""
    prefix = internal_name(TORCHVISION)
    if not name.startswith(prefix):
        return None
    own = name.removeprefix(prefix)
    return Entry(
        name,
        "",
        AUTO,
        title=f"{own} (torchvision)",
        module=f"{TORCHVISION}{own}",
        source=f"torchvision's {own}, the first of its trained weights (BSD 3-Clause)",
    )


def weights_origin(found: Entry) -> str:
    """Return where weights are from: `trained`, `generated`, `untrained` (redrawn controls too) or `shuffled`."""
    if found.control:
        return "untrained" if found.control == "random" else "shuffled"
    if found.generator:
        return "generated"
    own = found.files or found.weights or found.module.startswith(TORCHVISION)
    return "untrained" if found.module and not own else "trained"


def from_json(values: Mapping[str, Any]) -> Entry:
    """Return an entry from its fields, `name` among them."""
    return _entry(values["name"], {key: value for key, value in values.items() if key != "name"})


def as_json(found: Entry, *keys: str) -> dict[str, Any]:
    """Return some fields of an entry, `name` among them, as `from_json` reads them."""
    values = asdict(found)
    return {key: values[key] for key in ("name", *keys)}


def _control_entry(name: str, base: Entry, control: str, draw: int) -> Entry:
    return replace(
        base,
        name=name,
        title=f"{base.title or base.name}: {CONTROLS[control]} (control, draw {draw})",
        control=control,
        draw=draw,
        base=base.name,
    )


def _entry(name: str, values: Mapping[str, Any]) -> Entry:
    """Return an entry from its fields; the schema of the configuration checks their types."""
    file_keys = [item.name for item in fields(WeightFile)]
    known = [item.name for item in fields(Entry) if item.name != "name"]
    for key in values:
        if key not in known and key not in file_keys:
            raise HighlowError(f"network {name!r}: unknown key {key!r}; {nearest(key, known + file_keys)}")
    if "module" in values:
        values = {"architecture": "", "layer": AUTO, **values}
    else:
        for key in OF_MODULES:  # left alone they would be passed over, and the network be given another input
            if values.get(key):
                raise HighlowError(
                    f"network {name!r}: {key!r} is for a `module`; a known architecture has its own preprocessing"
                )
    for key in ("architecture", "layer"):
        if key not in values:
            raise HighlowError(f"network {name!r}: the key {key!r} is missing")
    generator = values.get("generator")
    if generator and values["architecture"] not in GENERATED.get(generator, ()):
        made = ", ".join(GENERATED.get(generator, ())) or "nothing"
        raise HighlowError(f"network {name!r}: the generator {generator!r} makes other architectures: {made}")
    own: dict[str, Any] = {
        key: tuple(value) if isinstance(value, list) else value for key, value in values.items() if key in known
    }
    files = [WeightFile(**item) for item in own.pop("files", ())]
    if re.fullmatch(CONTROL_NAME, name) and not values.get("control"):
        raise HighlowError(f"network {name!r}: the name is that of a control; choose another")
    if "file" in values:  # one file, without a list
        files.append(WeightFile(**{key: value for key, value in values.items() if key in file_keys}))
    for item in files:
        if Path(item.file).name != item.file:
            raise HighlowError(f"network {name!r}: {item.file!r} is no file name; folders belong into weights_dir")
        if item.url and not item.has_hash:
            raise HighlowError(f"network {name!r}: {item.file!r} has a url but no hash, so it could be anything")
    return Entry(name=name, files=tuple(files), **own)
