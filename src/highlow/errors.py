"""The one exception that a user is meant to read, and the system's own errors in a line."""

import errno

HINTS = {
    errno.ENOSPC: "; free some space and run again, nothing finished is lost",
    errno.EDQUOT: "; free some space and run again, nothing finished is lost",
    errno.EACCES: "; check the permissions of the folder",
    errno.EROFS: "; choose another folder with --directory",
}


class HighlowError(Exception):
    """Bad input or a missing resource: one line that says what is wrong, where, and what to do."""


def nearest(name: str, known: list[str]) -> str:
    """Return a hint that names the known word nearest to `name`, or lists them when none is near."""
    import difflib

    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5)
    if matches:
        return f"did you mean {matches[0]!r}?"
    return "known: " + ", ".join(known)


def os_error_line(error: OSError) -> str:
    """Return one line for an error of the operating system: where, what, and what to do if that is known."""
    where = f"{error.filename}: " if error.filename else ""
    return f"{where}{error.strerror or error}{HINTS.get(error.errno or 0, '')}"
