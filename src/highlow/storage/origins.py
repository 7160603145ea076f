"""Where a result comes from: its provenance, those of what it was made from, and so on back to weights and settings."""

import base64
import json
import re
from collections.abc import Iterator, Mapping
from contextlib import suppress
from dataclasses import dataclass, field
from pathlib import Path, PurePosixPath
from typing import Any

from highlow.runs.errors import HighlowError
from highlow.runs.jobs import programs
from highlow.storage import checksums, hdf5_files
from highlow.storage.result_names import absolute, manifest_of, names_below, results_folder

AS_WRITTEN, CHANGED, NOT_HERE, OUTSIDE = "as it was", "not as it was written", "not here as it was", "no result"
CODE = re.compile(r"'([0-9a-f]{16})'")
DRAWING = "draw_figure.py"


@dataclass
class Origin:
    """A file, and what it was made from.

    Attributes
    ----------
    role : str
        What it is to the file that was made from it.
    file : str
        Its name in the results folder; empty if it is not there.
    sha256 : str
        The hash that it had.
    state : str
        `AS_WRITTEN`, `CHANGED`, `NOT_HERE` or `OUTSIDE`.
    config : dict
        The settings of the step that made it.
    seed : int or None
        Of its random numbers.
    versions : dict
        Of this project and of the packages that results depend on.
    facts : dict
        What else its provenance says, such as the weight file that it was read from.
    inputs : list of Origin
        What it was made from. Of one that is told twice in a tree the second has none, and `again` is True.
    """

    role: str
    file: str
    sha256: str
    state: str
    config: Mapping[str, Any] = field(default_factory=dict)
    seed: int | None = None
    versions: Mapping[str, str] = field(default_factory=dict)
    facts: Mapping[str, Any] = field(default_factory=dict)
    inputs: list["Origin"] = field(default_factory=list)
    again: bool = False

    def walk(self) -> Iterator["Origin"]:
        """Yield it and everything that it was made from."""
        yield self
        for item in self.inputs:
            yield from item.walk()

    def steps(self) -> int:
        """Return how many steps the longest way back has."""
        return max((1 + item.steps() for item in self.inputs), default=0)


@dataclass(frozen=True)
class Recorded:
    """What Snakemake noted of the job that made a file.

    Attributes
    ----------
    rule, code : str
        Its rule, and the hash of the code that it ran.
    programs : tuple of str
        The programs of `scripts/`; that of a figure with the figure's name.
    """

    rule: str
    code: str
    programs: tuple[str, ...]


def origin(path: str | Path) -> Origin:
    """Return where a file comes from.

    Raises
    ------
    HighlowError
        If there is no such file, it lies in no results, or nothing says where it comes from.
    """
    given = absolute(path)
    if not given.is_file():
        raise HighlowError(f"{path}: no such file; name a result, e.g. results/planted/figures/fig03_tuning.svg")
    results = results_folder(given)
    if results is None:
        raise HighlowError(f"{path}: in no folder of results, where it could be found out what it was made from")
    return _Tree(results).of("", given.relative_to(results).as_posix(), "")


def recorded(path: str | Path) -> Recorded | None:
    """Return what Snakemake noted of a file's job, None where its notes are not beside the results."""
    given = absolute(path)
    results = results_folder(given)
    if results is None:
        return None
    name = (Path(results.name) / given.relative_to(results)).as_posix()
    note = results.parent / ".snakemake/metadata" / base64.urlsafe_b64encode(name.encode()).decode()
    try:
        content = json.loads(note.read_bytes())
        words = content["shellcmd"].split('"$HIGHLOW_SCRIPTS"/', 1)[1].split()
        found = CODE.search(" ".join(content["params"]))
        named = [" ".join(words[:2])] if words[0] == DRAWING else programs(words)
        return Recorded(str(content["rule"]), found[1] if found else "", tuple(named))
    except (OSError, ValueError, LookupError, TypeError, AttributeError):
        return None  # it is Snakemake's, and may look otherwise in another version


class _Tree:
    """The files of a results folder, looked at when they are asked for.

    Parameters
    ----------
    results : Path
    """

    def __init__(self, results: Path) -> None:
        self.results = results
        files = sorted(names_below(results, results).files)
        self._unread = [name for name in files if name.endswith(".h5")]
        self._by_hash: dict[str, list[str]] = {}
        self._stated: dict[str, str] = {}  # hashes by name, as manifests state them
        self._hashes: dict[str, str] = {}
        self._told: set[str] = set()
        for name in files:
            if name.endswith(".json"):
                with suppress(HighlowError, OSError):
                    stated = checksums.read_json(results / name).get("files", {})
                    for file, digest in stated.items():
                        covered = (PurePosixPath(name).parent / file).as_posix()
                        self._stated[covered] = digest
                        self._by_hash.setdefault(digest, []).append(covered)

    def of(self, role: str, name: str, digest: str) -> Origin:
        """Return a file with what it was made from; `digest` is the hash that it had, if that is known."""
        current = self._hash(name)
        whole = current == (digest or self._stated.get(name, current)) and self._is_sealed(name)
        found = Origin(role, name, digest or current, AS_WRITTEN if whole else CHANGED)
        if name in self._told:
            found.again = True
            return found
        self._told.add(name)
        content = self._provenance(name)
        known = ("inputs", "outside", "config", "seed", "versions", "files", "summary", "axes")
        found.config, found.seed = content.get("config") or {}, content.get("seed")
        found.versions = content.get("versions") or {}
        found.facts = {key: value for key, value in content.items() if key not in known}
        for of_role, wanted in (content.get("inputs") or {}).items():
            found.inputs.append(self._input(of_role, wanted, name))
        for of_role, wanted in (content.get("outside") or {}).items():
            found.inputs.append(Origin(of_role, "", wanted, OUTSIDE))
        return found

    def _input(self, role: str, digest: str, beside: str) -> Origin:
        name = self._named(digest, role, beside)
        return self.of(role, name, digest) if name else Origin(role, "", digest, NOT_HERE)

    def _named(self, digest: str, role: str, beside: str) -> str:
        """Return the file that has a hash. HDF5 is read until it is found, first what role and place hint at."""
        network = beside.split("/", 1)[0]

        def likely(name: str) -> tuple[bool, bool, str]:
            return role.split(":")[0] not in name, name.split("/", 1)[0] not in (network, "stimuli"), name

        for name in sorted(self._unread, key=likely):
            if digest in self._by_hash:
                break
            self._unread.remove(name)
            with suppress(OSError):
                self._by_hash.setdefault(self._hash(name), []).append(name)
        return min(self._by_hash.get(digest, [""]), key=likely)

    def _hash(self, name: str) -> str:
        if name not in self._hashes:
            try:
                self._hashes[name] = checksums.sha256(self.results / name)
            except FileNotFoundError:
                self._hashes[name] = ""
        return self._hashes[name]

    def _is_sealed(self, name: str) -> bool:
        path = self.results / name
        if not path.is_file():
            return False
        if name.endswith(".h5"):
            return checksums.is_sealed(path)
        if name.endswith(".json"):
            with suppress(HighlowError):
                checksums.read_json(path)
                return True
            return False
        return True

    def _provenance(self, name: str) -> Mapping[str, Any]:
        """Return what a file was made from: from inside it, or from the JSON beside it."""
        path = PurePosixPath(name)
        if path.suffix == ".h5":
            inside = hdf5_files.provenance(self.results / name) or {}
            with suppress(HighlowError):  # of weights the file that they were read from
                return checksums.read_json(self.results / path.with_suffix(".provenance.json")) | inside
            return inside
        beside = path if path.suffix == ".json" else manifest_of(path)
        if beside is None or not (self.results / beside).is_file():
            return {}
        try:
            content = checksums.read_json(self.results / beside)
        except HighlowError:
            return {}
        if beside.name == checksums.MANIFEST:  # of pictures, which are made together with an HDF5 file
            together = self.results / path.parent.with_suffix(".h5")
            return (hdf5_files.provenance(together) or {}) if together.is_file() else {}
        inner = content.get("provenance", content)
        return inner if isinstance(inner, Mapping) else {}
