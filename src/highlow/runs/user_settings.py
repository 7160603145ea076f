"""What a user's environment and folder say to other programs and would change numbers, taken out of jobs.

Imports neither torch nor numpy: the Snakefile uses it.
"""

import importlib.machinery
import os
import site
import sys
from collections.abc import Iterator, MutableMapping, Sequence
from contextlib import contextmanager

# Numbers of 32 bits would be computed with those of 16 or 19, by oneDNN, PyTorch and NVIDIA's libraries.
LOWER_PRECISION = (
    "ONEDNN_DEFAULT_FPMATH_MODE",
    "DNNL_DEFAULT_FPMATH_MODE",
    "TORCH_ALLOW_TF32_CUBLAS_OVERRIDE",
    "NVIDIA_TF32_OVERRIDE",
)
# After its program Python would wait for a user's words, and end with an error where nobody can type any.
INTERACTIVE = ("PYTHONINSPECT",)
# What a job imports, and the snakemake process of a submitted one.
PACKAGES = ("torch", "numpy", "snakemake")


def set_aside(environment: MutableMapping[str, str]) -> None:
    """Take out of an environment what would change or end a job that starts with it.

    Packages in the user's folder (`pip install --user`) come before those of a conda environment or a container. They
    are left out, unless this program was installed there.
    """
    for name in (*LOWER_PRECISION, *INTERACTIVE):
        environment.pop(name, None)
    own = [folder for folder in sys.path if folder != site.getusersitepackages()]
    if not any(only_in_user_site(name, own) for name in PACKAGES):
        environment["PYTHONNOUSERSITE"] = "1"


def only_in_user_site(package: str, path: Sequence[str]) -> bool:
    """Return whether a package is in the user's folder and in none of `path`."""
    find = importlib.machinery.PathFinder.find_spec
    return find(package, [site.getusersitepackages()]) is not None and find(package, path) is None


@contextmanager
def full_precision() -> Iterator[None]:
    """Hide from libraries that load inside the block what lowers the precision of numbers."""
    before = {name: os.environ.pop(name, None) for name in LOWER_PRECISION}
    try:
        yield
    finally:
        os.environ.update({name: value for name, value in before.items() if value is not None})
