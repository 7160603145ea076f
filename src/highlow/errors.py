"""The one exception that a user is meant to read."""


class HighlowError(Exception):
    """Bad input or a missing resource: one line that says what is wrong, where, and what to do."""


def nearest(name: str, known: list[str]) -> str:
    """Return a hint that names the known word nearest to `name`, or lists them when none is near."""
    import difflib

    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if matches:
        return f"did you mean {matches[0]!r}?"
    return "known: " + ", ".join(known)
