"""What no file of this project may do: give text to a shell unquoted, or run data as code. By syntax, not by text."""

import ast
import re
import string
from fnmatch import fnmatch
from functools import cache
from pathlib import Path

import pytest
from snakemake.parser import parse
from snakemake.sourcecache import LocalSourceFile

from tests.conftest import REPOSITORY
from tests.reference.workflow_rules import with_commands

RULES = sorted((REPOSITORY / "workflow/rules").glob("*.smk"))
PYTHON = sorted(path for folder in ("src", "scripts") for path in (REPOSITORY / folder).rglob("*.py"))
# What runs text, or code that data names: by the last parts of the dotted name that is called.
BUILTINS = ("eval", "exec", "compile", "__import__")
FORBIDDEN = (
    *(f"builtins.{name}" for name in BUILTINS),
    *("os.system", "os.popen", "os.exec*", "os.spawn*", "os.posix_spawn*", "pty.spawn", "shell"),
    *("subprocess.getoutput", "subprocess.getstatusoutput", "create_subprocess_shell"),
    *("pickle.load*", "pickle.Unpickler", "marshal.load*", "shelve.open", "joblib.load", "pandas.read_pickle"),
    *("yaml.load_all", "yaml.unsafe_load*", "yaml.full_load*", "numpy.load", "torch.hub.*", "torch.jit.load"),
    *("extract", "extractall", "shutil.unpack_archive"),  # of zipfile and tarfile
)
# Called with these arguments they are what they should be.
SAFE_WITH = {"torch.load": ("weights_only", True), "yaml.load": ("Loader", "yaml.SafeLoader")}


class Sources:
    """What Snakemake's parser asks of a workflow: to open files."""

    def __init__(self):
        self.sourcecache = self

    def open(self, path, *_, **__):
        return Path(path.get_path_or_uri(secret_free=True)).open(encoding="utf-8")


@cache
def syntax(path):
    """Return the syntax tree of a file; of rules, that of the Python that Snakemake makes of them."""
    if path.suffix == ".py":
        return ast.parse(path.read_text(encoding="utf-8"))
    code, _ = parse(LocalSourceFile(path), Sources(), {})
    return ast.parse(code)


def dotted(node):
    """Return the dotted name of an expression, `a.b.c`; of a call or another expression in it only what follows."""
    if isinstance(node, ast.Attribute):
        return f"{dotted(node.value)}.{node.attr}".lstrip(".")
    return node.id if isinstance(node, ast.Name) else ""


def calls(tree):
    """Yield the full name of everything that is called, imported names resolved, and the call."""
    names = {}
    for node in ast.walk(tree):
        if isinstance(node, ast.Import):
            names |= {item.asname: item.name for item in node.names if item.asname}
        elif isinstance(node, ast.ImportFrom):
            names |= {item.asname or item.name: f"{node.module}.{item.name}" for item in node.names}
    for node in ast.walk(tree):
        if isinstance(node, ast.Call):
            first, *rest = dotted(node.func).split(".")
            yield ".".join([names.get(first, first), *rest]), node


def complaints(tree):
    """Return what a file calls that it may not."""
    found = []
    for name, call in calls(tree):
        given = {item.arg: item.value for item in call.keywords}
        if "shell" in given and not (isinstance(given["shell"], ast.Constant) and given["shell"].value is False):
            found.append(f"{name}(shell=...)")
        if name in SAFE_WITH:
            argument, wanted = SAFE_WITH[name]
            value = given.get(argument)
            stated = value.value if isinstance(value, ast.Constant) else dotted(value)
            if stated != wanted:
                found.append(f"{name} without {argument}={wanted}")
        elif name.startswith("highlow."):
            continue
        elif name in BUILTINS or any(fnmatch(name, pattern) or fnmatch(name, f"*.{pattern}") for pattern in FORBIDDEN):
            found.append(name)
    return found


def test_nothing_runs_text_or_loads_code():
    found = {str(path.relative_to(REPOSITORY)): complaints(syntax(path)) for path in (*PYTHON, *RULES)}
    assert len(found) > 150
    for path in RULES:
        # The one call that Snakemake itself makes of each rule's command; the commands are looked at below.
        name = str(path.relative_to(REPOSITORY))
        assert found[name].count("shell") == len(re.findall(r"^ +shell:$", path.read_text(), flags=re.MULTILINE))
        found[name] = [complaint for complaint in found[name] if complaint != "shell"]
    assert {name: complaint for name, complaint in found.items() if complaint} == {}


@pytest.mark.parametrize(
    "text",
    [
        "import os; os.system(x)",
        "from os import system as s; s(x)",
        "import subprocess as p; p.run(x, shell=True)",
        "p.Popen(x, shell=flag)",
        "eval(x)",
        "import builtins; builtins.exec(x)",
        "from pickle import load; load(f)",
        "import yaml; yaml.load(f)",
        "import yaml; yaml.load(f, Loader=yaml.FullLoader)",
        "import torch; torch.load(f)",
        "import torch; torch.load(f, weights_only=False)",
        "import numpy as np; np.load(f)",
        "tarfile.open(f).extractall(x)",
        "archive.extract(x)",
        "with zipfile.ZipFile(f) as z: z.extractall()",
        "import shutil; shutil.unpack_archive(x)",
    ],
)
def test_the_check_finds_what_it_looks_for(text):
    assert complaints(ast.parse(text))


def unquoted(command):
    """Return the placeholders of a command whose values the shell would read."""
    parts = string.Formatter().parse(command)
    return [field for _, field, form, conversion in parts if field is not None and (form != "q" or conversion)]


def test_every_placeholder_of_the_commands_is_quoted():
    """Commands are words; a word is one argument whatever stands in it."""
    found = {rule.shellcmd for rule in with_commands().values()}
    assert len(found) == 1
    assert unquoted(found.pop()) == []


def test_the_check_of_placeholders_finds_what_it_looks_for():
    assert unquoted("a {input:q} {params.x} {output!r:q} {wildcards.y:s} {{x}}") == [
        "params.x",
        "output",
        "wildcards.y",
    ]


def test_rules_have_commands_and_no_code_of_their_own():
    """`run` and `script` would not go through the quoting that is checked here."""
    for path in RULES:
        for name, _ in calls(syntax(path)):
            assert name not in (
                "workflow.run",
                "workflow.script",
                "workflow.notebook",
                "workflow.wrapper",
                "workflow.cwl",
            )
