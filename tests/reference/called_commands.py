"""Commands of `highlow`, called as in a terminal of 80 columns."""

from highlow.commands.application import main


def in_a_small_terminal(monkeypatch):
    """Let commands write 80 columns, with no folder of weights and no network."""
    monkeypatch.setenv("COLUMNS", "80")
    monkeypatch.delenv("HIGHLOW_WEIGHTS", raising=False)
    monkeypatch.setenv("HIGHLOW_OFFLINE", "1")


def called(capsys, *words):
    """Return status, output and last line of the errors of a command."""
    status = main([str(word) for word in words])
    captured = capsys.readouterr()
    return status, captured.out, (captured.err.splitlines() or [""])[-1]
