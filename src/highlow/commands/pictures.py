"""Pictures that commands draw."""

from pathlib import Path

from highlow.runs.errors import HighlowError

KINDS = (".png", ".svg")


def check_picture(path: str) -> None:
    """Raise a HighlowError before anything is computed if a picture could not be written there; nothing is fine."""
    if path and Path(path).suffix not in KINDS:
        raise HighlowError(f"{path}: pictures end in {' or '.join(KINDS)}")
    if path and not Path(path).parent.is_dir():
        raise HighlowError(f"{path}: no such folder; make it first")
