"""Changes of valid files. Every function draws from a `random.Random`, hypothesis' own in the test."""

import re
import struct

INTERESTING = (0, 1, 2, 3, 7, 8, 16, 31, 63, 64, 127, 128, 255, 256, 1000, 32767, 32768, 65535, 65536)
INTERESTING += (2**24, 2**31 - 1, 2**31, 2**32 - 1, 2**32, 2**40, 2**62, 2**63 - 1, 2**63, 2**64 - 1)
CODES = ("B", "<H", ">H", "<I", ">I", "<Q", ">Q")
WORDS = (b"", b"0", b"-1", b"1e999", b"nan", b"null", b"\t", b"\n", b"\r", b"\0", b'"', b"'", b"\\", b"{", b"[", b"../")
WORDS += (
    b"\xff",
    b"\xed\xa0\x80",
    b"\xef\xbb\xbf",
    b"9" * 30,
    b"$(touch canary)",
    b"`touch canary`",
    b"!!python/name:os.system",
)


def place(generator, content):
    """Return a position; half of the time near the start, where most structure is."""
    end = min(len(content), 256) if generator.random() < 0.5 else len(content)
    return generator.randrange(end) if end else 0


def flip(generator, content, _):
    if content:
        content[place(generator, content)] ^= 1 << generator.randrange(8)


def overwrite(generator, content, _):
    if content:
        content[place(generator, content)] = generator.randrange(256)


def truncate(generator, content, _):
    del content[generator.randrange(len(content) + 1) :]


def cut(generator, content, _):
    start = place(generator, content)
    del content[start : start + generator.randrange(1, 64)]


def insert(generator, content, _):
    start = place(generator, content)
    content[start:start] = generator.randbytes(generator.randrange(1, 32))


def repeat(generator, content, _):
    start = place(generator, content)
    content[start:start] = content[start : start + generator.randrange(1, 64)] * generator.randrange(1, 50)


def splice(generator, content, other):
    """Continue with the end of another valid file of the kind."""
    if other:
        content[place(generator, content) :] = other[generator.randrange(len(other)) :]


def number(generator, content, _):
    """Put an interesting number where a length or an offset may be."""
    code, value = generator.choice(CODES), generator.choice(INTERESTING)
    size = struct.calcsize(code)
    if len(content) >= size:
        start = min(place(generator, content), len(content) - size)
        content[start : start + size] = struct.pack(code, value & (256**size - 1))


def digits(generator, content, _):
    """Replace a number that is written out."""
    found = list(re.finditer(rb"-?[0-9]+", bytes(content[:20_000])))
    if found:
        start, end = generator.choice(found).span()
        content[start:end] = str(generator.choice(INTERESTING) * generator.choice((1, -1))).encode()


def word(generator, content, _):
    start = place(generator, content)
    content[start:start] = generator.choice(WORDS)


CHANGES = (flip, flip, overwrite, truncate, cut, insert, repeat, splice, number, number, digits, word)


def mutated(generator, content, other=b""):
    """Return a file with one to five changes."""
    result = bytearray(content)
    for _ in range(generator.randint(1, 5)):
        generator.choice(CHANGES)(generator, result, other)
    return bytes(result)
