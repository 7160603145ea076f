"""What every script shares: options, a log file, and errors as one line."""

import argparse
import io
import signal
import sys
import traceback
from collections.abc import Callable, Sequence
from contextlib import suppress
from pathlib import Path
from types import TracebackType

from highlow.runs.allocator import keep_freed_memory
from highlow.runs.errors import HighlowError, memory_line, name_line, one_line, os_error_line
from highlow.runs.options import OneOf, Option
from highlow.runs.user_settings import full_precision

INTERRUPTED = "error: interrupted; no half-written result was kept, run again to continue"


def _say_interruption(kind: type[BaseException], error: BaseException, trace: TracebackType | None) -> None:
    """Report what nobody caught: of an interruption, which may come while libraries load, one line."""
    if issubclass(kind, KeyboardInterrupt):
        print(INTERRUPTED, file=sys.stderr)
    else:
        sys.__excepthook__(kind, error, trace)


sys.excepthook = _say_interruption


def parser(description: str, example: str) -> argparse.ArgumentParser:
    """Return an argument parser whose help ends with an example and that takes `--log`."""
    result = argparse.ArgumentParser(
        description=description, epilog=f"example: {example}", formatter_class=argparse.ArgumentDefaultsHelpFormatter
    )
    result.add_argument("--log", help="file to write the outcome to, beside the terminal")
    return result


def script(
    description: str, program: Callable[[argparse.Namespace], str], *, example: str, options: Sequence[Option | OneOf]
) -> Callable[..., int]:
    """Return the `main` of a script, which takes the words of a command line and returns an exit status.

    Parameters
    ----------
    description : str
        What its help says first.
    program : callable
        What it does, see `run`.
    example : str
        What its help ends with.
    options : sequence of Option or OneOf
        What it takes, in the order of its help.
    """

    def main(argv: Sequence[str] | None = None) -> int:
        arguments = parser(description, example)
        for option in options:
            option.add_to(arguments)
        return run(program, arguments, argv)

    return main


def run(
    program: Callable[[argparse.Namespace], str], arguments: argparse.ArgumentParser, argv: Sequence[str] | None
) -> int:
    """Run a program with the options of a command line and return its exit status, see `ended`."""
    options = arguments.parse_args(argv)
    return ended(lambda: program(options), options.log)


def ended(program: Callable[[], str], log: str | None = None) -> int:
    """Run a program to its end and return its exit status.

    The program returns one line that says what it did, or nothing. Anything a user can mend ends as one line that
    starts with `error:` and status 1, an interruption (also SIGTERM, which schedulers send) as status 130. A mistake of
    this project's own ends alike; its traceback stands in the log, or before that line where there is none.
    """
    keep_freed_memory()
    details = ""
    if isinstance(sys.stdout, io.TextIOWrapper):
        sys.stdout.reconfigure(errors="backslashreplace")  # names may hold what the terminal's encoding does not
    # As Ctrl-C, so that what is half written goes: schedulers send it before they kill.
    previous = signal.signal(signal.SIGTERM, signal.default_int_handler)
    try:
        with full_precision():
            line, status = program(), 0
    except HighlowError as error:
        line, status = f"error: {error}", 1
    except OSError as error:
        line, status = f"error: {os_error_line(error)}", 1
    except Exception as error:
        unexpected = f"unexpected {type(error).__name__}: {' '.join(str(error).split())}"
        known = memory_line(error) or name_line(error)
        line, status = f"error: {known or unexpected}", 1
        details = "" if known else traceback.format_exc()
    except KeyboardInterrupt:
        line, status = INTERRUPTED, 130
    finally:
        signal.signal(signal.SIGTERM, previous)
    line = one_line(line)
    if line:
        print(line if log else details + line, file=sys.stderr)
    if log:
        _write_log(Path(log), details + line + "\n")
    return status


def _write_log(log: Path, text: str) -> None:
    """Write a log; one that cannot be written changes nothing about the outcome, which was printed."""
    with suppress(OSError):
        log.parent.mkdir(parents=True, exist_ok=True)
        log.write_text(text, encoding="utf-8", errors="backslashreplace")
