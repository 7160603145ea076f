"""Harm done to results, each with what `highlow verify` should say of it and nothing else."""

import json
import os
import shutil
import tempfile
from collections import defaultdict
from contextlib import contextmanager
from dataclasses import dataclass, field
from pathlib import Path

import h5py

from highlow.storage import checksums, hdf5_files
from highlow.storage.verification import file_names

KINDS = ("bit", "cut", "missing", "unreadable", "closed", "stale", "foreign")
NOBODY = 65534


@contextmanager
def without_rights():
    """Read as a user without rights: root may read everything, whatever its mode."""
    if os.geteuid():
        yield
        return
    os.seteuid(NOBODY)
    try:
        yield
    finally:
        os.seteuid(0)


@dataclass
class Known:
    """What is known of whole results: who covers whom, and what was made from what.

    Attributes
    ----------
    files : list of str
        Every file.
    covers : dict
        Files that a manifest names, by manifest.
    made_from : dict
        Files that others were made from, and that no other file is like: the names of those that say so.
    used : dict
        All files that others were made from: the names of those that say so.
    alike : dict
        Every file that others were made from: the files that are like it, itself among them.
    """

    files: list[str]
    covers: dict[str, set[str]] = field(default_factory=dict)
    made_from: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    used: dict[str, set[str]] = field(default_factory=lambda: defaultdict(set))
    alike: dict[str, set[str]] = field(default_factory=dict)

    @property
    def covered(self):
        return set().union(*self.covers.values())


def known(folder):
    """Read what whole results say of themselves."""
    found = Known(sorted(file_names(folder)))
    names = defaultdict(set)
    for name in found.files:
        names[checksums.sha256(folder / name)].add(name)
    for name in found.files:
        if name.endswith(".json"):
            content = json.loads((folder / name).read_text())
            origin = content.get("provenance", content)
            found.covers[name] = {(Path(name).parent / file).as_posix() for file in content.get("files", {})}
        elif name.endswith(".h5"):
            with h5py.File(folder / name, "r") as file:
                origin = json.loads(file.attrs["provenance"])
        else:
            continue
        for digest in origin.get("inputs", {}).values():
            for used in names[digest]:
                found.used[used].add(name)
                found.alike[used] = names[digest]
            if len(names[digest]) == 1:  # of two alike one can go
                found.made_from[next(iter(names[digest]))].add(name)
    return found


@dataclass
class Damage:
    """Something done to results.

    Attributes
    ----------
    touched : set of str
        Files that are not what they were.
    findings : set of (str, str)
        What `highlow verify` should say: names and words.
    """

    touched: set[str]
    findings: set[tuple[str, str]]


def do(kind, folder, draw, state):
    """Do harm of a kind to results; return it, or None if nothing is left that it could be done to.

    Parameters
    ----------
    kind : str
        One of `KINDS`.
    folder : Path
    draw : random.Random
    state : tuple of Known and set of str
        Of the results when they were whole, and the files that no further harm should be done to.
    """
    whole, spared = state
    if kind == "foreign":
        return _foreign(folder, draw, whole, spared)
    if kind == "closed":
        places = {Path(name).parent.as_posix() for name in whole.files} - {"."}
        below = {place: {name for name in whole.files if name.startswith(f"{place}/")} for place in places}
        busy = {parent.as_posix() for name in spared for parent in Path(name).parents}
        choice = sorted(place for place, names in below.items() if place not in busy and len(names) < 20)
        if not choice:
            return None
        place = draw.choice(choice)
        (folder / place).chmod(draw.choice([0o000, 0o444]))
        return Damage(below[place], {(place, "damaged")})
    choice = [name for name in whole.files if name not in spared and _possible(kind, name, whole)]
    if not choice:
        return None
    name = draw.choice(choice)
    return Damage({name}, _harm(kind, folder, name, draw, whole))


def do_many(kinds, folder, draw, whole):
    """Do harm of several kinds, each to what has nothing to do with the others, as long as there is some; return it."""
    done, spared = [], set()
    for kind in kinds:
        damage = do(kind, folder, draw, (whole, spared))
        if damage is not None:
            done.append(damage)
            spared |= related(damage, whole)
    return done


def _possible(kind, name, whole):
    if kind == "stale":  # made anew otherwise, and whole
        return name.endswith(".h5") and bool(whole.made_from[name])
    # What no other file speaks of is not missed.
    speaks = name in whole.covered or whole.covers.get(name) or whole.made_from[name]
    return kind != "missing" or bool(speaks)


def _harm(kind, folder, name, draw, whole):
    """Harm a file and return what is said of it itself."""
    path = folder / name
    content = bytearray(path.read_bytes())
    if kind == "bit":
        content[draw.randrange(len(content))] ^= 1 << draw.randrange(8)
        path.write_bytes(content)
    elif kind == "cut":
        path.write_bytes(content[: draw.randrange(len(content))])
    elif kind == "unreadable":
        path.chmod(0)
    elif kind == "stale":
        path.unlink()
        with hdf5_files.create(path, {"inputs": {}, "seed": draw.random()}) as file:
            file["x"] = 1
        return set()
    else:
        path.unlink()
        if name not in whole.covered and not whole.covers.get(name):
            return set()  # told by what was made from it
        return {(name, "missing")}
    return {(name, "damaged")}


def _foreign(folder, draw, whole, spared):
    """Add a file that the pipeline did not write."""
    places = sorted({Path(name).parent for name in whole.files if name not in spared} - {Path()})
    if not places:
        return None
    suffix = draw.choice([".txt", ".tsv", ".h5", ".json", ".dat", ".svg"])
    name = (draw.choice(places) / f"mine {draw.random()}{suffix}").as_posix()
    if suffix == ".h5":
        with h5py.File(folder / name, "w") as file:
            file["x"] = 1
    else:
        (folder / name).write_text('{"mine": 1}' if suffix == ".json" else "mine\n1\n")
    return Damage({name}, {(name, "foreign")})


def expected(damages, whole):
    """Return what should be said of several damages: of each itself, and of what was made from it.

    Of what a manifest covers the hash is known, whatever became of it. Nothing is said of what cannot be read.
    """
    touched = set().union(*(damage.touched for damage in damages))
    said = set().union(*(damage.findings for damage in damages))
    for table in (name for name in whole.covered if name.endswith(".tsv")):
        # Without its manifest, and where nothing says any more that it was made from it, it could be anybody's.
        manifest = (table.replace(".tsv", ".provenance.json"), "missing")
        if manifest in said and whole.used.get(table, set()) <= touched:
            said = said - {manifest} | {(table, "foreign")}
    named = {name for name, _ in said}
    lost = {name for name in touched if name not in whole.covered}
    lost |= {name for key in touched for name in whole.covers.get(key, ()) if name in touched}
    for name in lost & whole.used.keys():
        if whole.alike[name] <= lost:  # of two alike one can go
            said |= {(other, "stale") for other in whole.used[name] - touched - named}
    return said


def related(damage, whole):
    """Return the files that nothing else may be done to, for what is said of both to be said of each."""
    found = set(damage.touched)
    for name in damage.touched:
        found |= whole.made_from.get(name, set()) | whole.covers.get(name, set())
    for manifest, files in whole.covers.items():
        found |= {manifest, *files} if files & found else set()
    return found


@contextmanager
def copied(source):
    """Yield a copy of results where a user without rights may look, without what is not checked."""
    outside = Path(tempfile.mkdtemp())
    try:
        outside.chmod(0o755)
        left_out = shutil.ignore_patterns("logs", "benchmarks")
        yield Path(shutil.copytree(source, outside / "results", ignore=left_out, symlinks=True))
    finally:
        for path in outside.rglob("*"):
            if path.is_dir() and not path.is_symlink():
                path.chmod(0o755)
        shutil.rmtree(outside)
