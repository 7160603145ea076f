"""The one exception that a user is meant to read, and the system's own errors in a line."""

import errno
import re
import sys

HINTS = {
    errno.ENOSPC: "; free some space and run again, nothing finished is lost",
    errno.EDQUOT: "; free some space and run again, nothing finished is lost",
    errno.EACCES: "; check the permissions of the folder",
    errno.EROFS: "; choose another folder with --directory",
    # What is in the file is not known: it may be whole.
    errno.EIO: "; the disk or its connection failed: look to it, then run again",
    errno.ESTALE: "; the file server exchanged it meanwhile: run again",
    errno.ETIMEDOUT: "; the file server did not answer: run again when it does",
    errno.EMFILE: "; too many files are open: raise the limit (ulimit -n)",
    errno.ENFILE: "; too many files are open on this machine",
    errno.ENOMEM: "; free some memory, or run fewer jobs at once (--cores)",
}


# Of a job that could not say it itself.
KILLED = (
    "error: killed (status 137): the memory ran out, or a scheduler ended the job; run again with fewer jobs at once "
    "(--cores 1, or --resources mem_mb=4000 for all jobs together), or with more memory"
)

# Control characters, line separators, and halves of a surrogate pair, which no file can be written with.
UNPRINTABLE = re.compile("[\x00-\x1f\x7f-\x9f\u2028\u2029\ud800-\udfff]")
LONGEST_LINE = 1500


class HighlowError(Exception):
    """Bad input or a missing resource: one line that says what is wrong, where, and what to do."""

    def __init__(self, message: str) -> None:
        super().__init__(one_line(message))


def one_line(text: str) -> str:
    r"""Return a text as one line that any terminal and any log can take, whatever names of files stand in it.

    Control characters become `\n`, `\x1b`, `\u2028`; of a very long text the middle is left out.
    """
    if len(text) > LONGEST_LINE:
        half = LONGEST_LINE // 2
        text = f"{text[:half]} … {text[-half:]}"
    return UNPRINTABLE.sub(lambda found: found[0].encode("unicode_escape").decode(), text)


def nearest(name: str, known: list[str]) -> str:
    """Return a hint that names the known word nearest to `name`, or lists them when none is near."""
    import difflib

    # A word of many letters is near to none, and to compare it takes long.
    matches = difflib.get_close_matches(name, known, n=1, cutoff=0.5) if len(name) <= 100 else []
    if matches:
        return f"did you mean {matches[0]!r}?"
    return "known: " + ", ".join(known)


def name_line(error: BaseException) -> str:
    """Return one line for a name that the locale's encoding of file names does not have; nothing for another error."""
    encoding = sys.getfilesystemencoding()
    if not isinstance(error, UnicodeEncodeError) or encoding == "utf-8":
        return ""
    return one_line(f"{error.object}: no name of a file where the locale's encoding is {encoding}; set LC_ALL=C.UTF-8")


def is_of_system(error: BaseException) -> bool:
    """Return whether the system could not read a file, so that nothing is known of what is in it.

    Libraries raise OSError for damaged content too, without a number, or with that of a place that no file has.
    """
    return isinstance(error, OSError) and error.errno not in (None, errno.EINVAL, errno.EOVERFLOW)


def os_error_line(error: OSError) -> str:
    """Return one line for an error of the operating system: where, what, and what to do if that is known."""
    where = f"{error.filename}: " if error.filename else ""
    return one_line(f"{where}{error.strerror or error}{HINTS.get(error.errno or 0, '')}")


def memory_line(error: BaseException) -> str:
    """Return one line for an error that says that memory ran out, on a card or beside it; empty for any other.

    PyTorch's own errors are told by their names and words: nothing here imports PyTorch.
    """
    words = str(error)
    if type(error).__name__ == "OutOfMemoryError" or "CUDA out of memory" in words:
        return (
            "the memory of the GPU ran out; lower stimuli or feature_visualization.size, end what else uses the card, "
            "or use device=cpu"
        )
    if isinstance(error, MemoryError) or "can't allocate memory" in words:
        return "the memory ran out; run fewer jobs at once (--cores 1), lower stimuli, or use a machine with more"
    return ""
