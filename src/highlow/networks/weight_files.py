"""Finding weight files, downloading them, and telling them by their hash before they are opened.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import os
from pathlib import Path

import platformdirs

from highlow.networks import weight_folders
from highlow.networks.registry import Entry, WeightFile
from highlow.reference import weight_parts
from highlow.runs import user_paths
from highlow.runs.errors import HighlowError
from highlow.storage import checksums

OFFLINE = "HIGHLOW_OFFLINE"
SHIPPED = Path(__file__).parent.parent / "resources"  # weights that come with the library
SHA256_DIGITS = 64
HINT = "put it there, or name its folder in the config key weights_dir or in HIGHLOW_WEIGHTS"


def folders(weights_dir: str | os.PathLike[str] | None = None) -> list[Path]:
    """Return where weight files are looked for.

    `weights_dir` or HIGHLOW_WEIGHTS (of a file its folder), the user's cache, the package, and what PyTorch itself
    downloaded before.
    """
    given = named_place(weights_dir)
    cache = os.environ.get("TORCH_HOME") or Path(os.environ.get("XDG_CACHE_HOME") or "~/.cache") / "torch"
    torch_home = os.path.expanduser(cache)  # noqa: PTH111 (Path.expanduser fails for a user without a home)
    own = [given.parent if _is_file(given) else given] if given else []
    return [*own, cache_folder(), SHIPPED, Path(torch_home) / "hub/checkpoints"]


def named_place(weights_dir: str | os.PathLike[str] | None = None) -> Path | None:
    """Return the folder, or the weight file, that the user named; None where nothing is named."""
    given = weights_dir or os.environ.get("HIGHLOW_WEIGHTS")
    return user_paths.resolved(given, "weights_dir or HIGHLOW_WEIGHTS") if given else None


def cache_folder() -> Path:
    """Return the folder that downloads go to.

    Raises
    ------
    HighlowError
        If the user has no home, as in a container that knows no such user, and no variable names another folder.
    """
    try:
        return Path(platformdirs.user_cache_dir("highlow"))
    except RuntimeError:
        raise HighlowError("no home folder here; set XDG_CACHE_HOME to a folder that can be written") from None


def find(entry: Entry, weights_dir: str | os.PathLike[str] | None = None) -> tuple[WeightFile, Path] | None:
    """Return the first of a network's weight files that is there, None where there is none.

    A file that the user names may have another name than the registered one: its hash tells whose it is.
    """
    given = named_place(weights_dir)
    if given and _is_file(given):
        for item in entry.files:
            if not item.parts and (item.file == given.name or _is_file_of(item, given)):
                return item, given
    for folder in folders(weights_dir):
        for item in entry.files:
            path = weight_folders.find(item, folder, cache_folder()) if item.parts else folder / item.file
            if path and (item.parts or _is_file(path)):
                return item, path
    return None


def _is_file(path: Path) -> bool:
    return os.path.isfile(path)  # noqa: PTH113 (Path.is_file fails on too long a name)


def _is_file_of(item: WeightFile, path: Path) -> bool:
    try:
        return item.has_hash and bool(check_hash(item, path))
    except HighlowError:
        return False


def locate(entry: Entry, weights_dir: str | os.PathLike[str] | None = None) -> tuple[WeightFile, Path]:
    """Return a network's weight file and its path, downloaded into the user's cache if it is in none of `folders`.

    Nothing is downloaded while the environment variable HIGHLOW_OFFLINE is set.

    Raises
    ------
    HighlowError
        If it is nowhere and cannot be had; the message says where it was looked for.
    """
    found = find(entry, weights_dir)
    if found:
        return found
    missing, errors = _missing(entry, weights_dir), []
    for item in _with_address(entry):
        try:
            return item, fetch(item)
        except HighlowError as error:
            errors.append(str(error))
    raise HighlowError(f"{missing}, and {'; '.join(errors)}")


def check_obtainable(entry: Entry, weights_dir: str | os.PathLike[str] | None = None) -> None:
    """Raise what `locate` would raise, and download nothing: a server that answers at all counts as one that gives.

    Raises
    ------
    HighlowError
        If the file is nowhere and no server of it answers within some seconds.
    """
    if find(entry, weights_dir):
        return
    missing = _missing(entry, weights_dir)
    from highlow.networks import download  # see fetch

    reasons = []
    for item in _with_address(entry):
        reason = download.why_no_answer(item.url)
        if not reason:
            return
        reasons.append(reason)
    raise HighlowError(f"{missing}, and {'; '.join(reasons)}; {HINT}")


def _with_address(entry: Entry) -> list[WeightFile]:
    return [item for item in entry.files if item.url]


def _missing(entry: Entry, weights_dir: str | os.PathLike[str] | None) -> str:
    """Return where a network's weight file, which is to be downloaded, was looked for.

    Raises
    ------
    HighlowError
        If it must not or cannot be downloaded, or if the place that the user named does not exist.
    """
    if not entry.files:
        raise HighlowError(f"network {entry.name!r} has no weight file: it is generated (scripts/generate_network.py)")
    given = named_place(weights_dir)
    if given and not os.path.exists(given):  # noqa: PTH110 (as above)
        raise HighlowError(f"{given}: no such folder of weight files; mend weights_dir or HIGHLOW_WEIGHTS")
    names = " or ".join(weight_folders.shown(item) if item.parts else f"file {item.file!r}" for item in entry.files)
    missing = f"weights of {entry.name!r} not found: no {names} in {', '.join(map(str, folders(weights_dir)))}"
    if not _with_address(entry):
        raise HighlowError(f"{missing}; {HINT}")
    if os.environ.get(OFFLINE):
        raise HighlowError(f"{missing}; {HINT}, or unset {OFFLINE} to download it")
    return missing


def fetch(item: WeightFile) -> Path:
    """Download a file, or a folder of files, into the user's cache, checked against its hash."""
    if item.parts:
        return weight_folders.fetch(item, cache_folder() / item.file)

    def check(path: Path) -> None:
        try:
            check_hash(item, path)
        except HighlowError:
            raise HighlowError(f"what {item.url} gave has another hash than registered; it was not kept") from None

    from highlow.networks import download  # pooch and requests cost a tenth of a second, and are rarely needed

    return download.fetch(item.url, cache_folder() / item.file, check)


def check_hash(item: WeightFile, path: Path) -> str:
    """Check a file, or every file of a folder, against its registered hash and return which kind of hash it was.

    Raises
    ------
    HighlowError
        If the hash is another.
    """
    if item.parts:
        weight_folders.check_hashes(item, path)
        return "sha256"
    if item.sha256:
        digits = f" (first {len(item.sha256)} digits)" if len(item.sha256) < SHA256_DIGITS else ""
        kind, registered, found = f"sha256{digits}", item.sha256, checksums.sha256(path)
    elif item.sha1:
        kind, registered, found = "sha1", item.sha1, checksums.sha1(path)
    elif item.git_blob:
        kind, registered, found = "git blob", item.git_blob, checksums.git_blob(path)
    else:
        raise HighlowError(f"{path}: no hash is registered for {item.file!r}")
    if not found.startswith(registered):
        raise HighlowError(
            f"{path} has the wrong hash ({kind} {found}, registered {registered}): it is damaged or another file; "
            f"replace it with {item.url or item.file}"
        )
    return kind


def unregistered_hash(entry: Entry, extracted: Path) -> str:
    """Return the SHA-256 of a network's weight file if none is registered, else an empty string.

    Parameters
    ----------
    entry : Entry
    extracted : Path
        Provenance of weights that were extracted before: a file that is no longer there has the hash it had then.
    """
    found = find(entry)
    if found:
        return "" if found[0].has_hash else checksums.sha256(found[1])
    origin = checksums.read_json(extracted) if extracted.is_file() else {}
    return str(origin.get("sha256", "")) if origin.get("accepted_by") == "published ranges" else ""


def size(item: WeightFile, path: Path) -> int:
    """Return the bytes of a weight file, or of all files of a folder."""
    parts = [path / part.file for part in weight_parts(item.parts)] if item.parts else [path]
    return sum(part.stat().st_size for part in parts)
