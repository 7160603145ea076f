"""Image files that no library writes: PNG and TIFF of any depth, byte by byte."""

import struct
import zlib

import numpy as np

GREY, RGB, GREY_ALPHA = 0, 2, 4  # colour types of PNG
SIDE = 70


def png_chunk(kind, content):
    return struct.pack(">I", len(content)) + kind + content + struct.pack(">I", zlib.crc32(kind + content))


def png(values, bits=8, colour=GREY, clear=None, before=b""):
    """Return a PNG of integers, (height, width) or (height, width, channel); `clear` is what is transparent."""
    height, width = values.shape[:2]
    rows = values.reshape(height, -1)
    if bits == 16:
        lines = [row.astype(">u2").tobytes() for row in rows]
    else:
        places = np.arange(bits - 1, -1, -1)
        lines = [np.packbits((row[:, None] >> places & 1).astype(np.uint8).ravel()).tobytes() for row in rows]
    header = struct.pack(">IIBBBBB", width, height, bits, colour, 0, 0, 0)
    content = b"\x89PNG\r\n\x1a\n" + png_chunk(b"IHDR", header) + before
    if clear is not None:
        content += png_chunk(b"tRNS", np.atleast_1d(clear).astype(">u2").tobytes())
    data = zlib.compress(b"".join(b"\0" + line for line in lines))
    return content + png_chunk(b"IDAT", data) + png_chunk(b"IEND", b"")


def tiff(values, bits, photometric=1, sample_format=1, order="<", reduced=0):
    """Return an uncompressed TIFF of one channel; 12 bits are packed; `reduced` says it is a copy of another page."""
    height, width = values.shape
    if bits == 12:
        first, second = values[:, ::2].astype(int), values[:, 1::2].astype(int)
        data = np.stack([first >> 4, (first & 15) << 4 | second >> 8, second & 255], axis=-1).astype(np.uint8).tobytes()
    else:
        data = values.astype(values.dtype.newbyteorder(order)).tobytes()
    tags = {256: width, 257: height, 258: bits, 259: 1, 262: photometric, 273: 0, 277: 1, 278: height, 279: len(data)}
    tags |= {254: reduced, 339: sample_format}
    tags[273] = 8 + 2 + 12 * len(tags) + 4
    entries = b"".join(struct.pack(f"{order}HHII", tag, 4, 1, tags[tag]) for tag in sorted(tags))
    start = (b"II" if order == "<" else b"MM") + struct.pack(f"{order}HI", 42, 8)
    return start + struct.pack(f"{order}H", len(tags)) + entries + bytes(4) + data


def slope(largest, side=SIDE):
    """Return a grey slope from 0 to a number, int64, (side, side)."""
    return np.round(np.linspace(0, largest, side * side)).astype(np.int64).reshape(side, side)
