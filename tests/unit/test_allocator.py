"""Memory that a process frees and uses again."""

import platform
import subprocess
import sys

import pytest

PROGRAM = """
import resource, sys
import numpy as np
from highlow.runs.allocator import keep_freed_memory

def faults():
    # As a network's activations: some large ones at a time, then none.
    [np.ones(2**18) for _ in range(20)]
    before = resource.getrusage(resource.RUSAGE_SELF).ru_minflt
    for _ in range(10):
        [np.ones(2**18) for _ in range(20)]  # 2 MB each
    return resource.getrusage(resource.RUSAGE_SELF).ru_minflt - before

if sys.argv[1] == "kept":
    keep_freed_memory()
print(faults())
"""


def page_faults(how):
    words = [sys.executable, "-c", PROGRAM, how]
    return int(subprocess.run(words, capture_output=True, text=True, check=True).stdout)


@pytest.mark.skipif(platform.libc_ver()[0] != "glibc", reason="its allocator is glibc's")
def test_freed_memory_is_used_again():
    assert page_faults("kept") < 0.1 * page_faults("as it is")


def test_another_c_library_changes_nothing(monkeypatch):
    from highlow.runs import allocator

    for library in (object(), None):
        monkeypatch.setattr(allocator.ctypes, "CDLL", lambda _, found=library: found)
        allocator.keep_freed_memory()

    def missing(_):
        raise OSError("no such library")

    monkeypatch.setattr(allocator.ctypes, "CDLL", missing)
    allocator.keep_freed_memory()
