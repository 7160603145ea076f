"""Inputs of every row on images."""

import gzip
import io
import os
import socket
import tarfile
from pathlib import Path

import numpy as np
from PIL import Image, PngImagePlugin

from highlow.pictures import image_files, image_names, tar_members
from highlow.runs.errors import HighlowError
from tests.files_page import Section
from tests.odd_images import GREY_ALPHA, RGB, png, slope, tiff

FORMS = ("BMP", "GIF", "JPEG", "PNG", "PPM", "TIFF", "WEBP")


def picture(side=70, mode="RGB", seed=0):
    pixels = np.random.default_rng(seed).integers(0, 256, (side, side, 3), dtype=np.uint8)
    return Image.fromarray(pixels).convert(mode)


def encoded(form="PNG", image=None, **options):
    buffer = io.BytesIO()
    (image or picture()).save(buffer, form, **options)
    return buffer.getvalue()


def outcome(folder, source=None):
    """Return what becomes of a folder's or a list's files: a word, and the reason of those that are not used.

    A builder returns the source if it is not the folder. Files called `other` are what else lies there.
    """
    source = source or folder
    root = str(image_names.root_of(source))
    try:
        names = list(tar_members.expanded(root, image_names.walk(source)))
    except HighlowError as error:
        return "error", str(error)
    reasons = {name: image_files.read(root, name).reason for name in names if Path(name).name != "other"}
    if not reasons:
        return "left out", ""
    said = {reason for reason in reasons.values() if reason}
    assert len(said) <= 1, reasons
    word = "used" if not said else "used in part" if "" in reasons.values() else "skipped"
    return word, "".join(said)


def files(*contents):
    """Return a builder of files with some contents, whose suffixes say nothing."""

    def build(folder, _):
        for number, content in enumerate(contents):
            (folder / f"{number}.x").write_bytes(content() if callable(content) else content)

    return build


def frames(form):
    first = Image.new("RGB", (70, 70), "red")
    return lambda: encoded(form, first, save_all=True, append_images=[Image.new("RGB", (70, 70), "blue")])


def long_text(size):
    def content():
        notes = PngImagePlugin.PngInfo()
        notes.add_text("note", "a" * size, zip=True)
        return encoded(pnginfo=notes)

    return content


def turned(orientation, description=""):
    exif = Image.Exif()
    exif[0x0112], exif[0x010E] = orientation, description
    return exif


def cut(content, count):
    return content[:-count]


LAB = Image.merge("LAB", picture().split())
COLOURS = np.repeat(slope(4095)[..., None], 3, axis=2)
PROFILE = np.random.default_rng(0).bytes(2 << 20)
TEXTS = (b"text", b"<svg/>", b"%!PS", b"%PDF-1.7", b"PK\3\4", b"[ZoneTransfer]")


def link_text(folder, _):
    (folder / "blobs").mkdir()
    (folder / "blobs/0").write_bytes(encoded())
    (folder / "data").mkdir()
    (folder / "data/0.jpg").write_text("../blobs/0")
    return folder / "data"


def sparse(folder, _):
    with (folder / "a.png").open("wb") as file:
        file.truncate(image_files.LARGEST_FILE + 1)


FILES = {
    "BMP, GIF, JPEG, PNG, PPM, TIFF, WebP: told by content, under any suffix": files(*map(encoded, FORMS)),
    "several frames or pages (GIF, PNG, WebP, TIFF, MPO): the first": files(
        *map(frames, ("GIF", "PNG", "WEBP", "TIFF", "MPO"))
    ),
    "grey, palette, 1 bit, CMYK, YCbCr, Lab": files(
        *(lambda mode=mode: encoded("TIFF", picture(mode=mode)) for mode in ("L", "P", "1", "CMYK", "YCbCr")),
        lambda: encoded("TIFF", LAB),
        lambda: encoded("JPEG", picture(mode="CMYK")),
    ),
    "transparent parts, also by one transparent grey or colour: on white": files(
        lambda: encoded("PNG", picture(mode="RGBA")),
        lambda: png(slope(65535), 16, clear=0),
        lambda: png(np.stack([slope(255)] * 2, axis=2), 8, GREY_ALPHA),
    ),
    "orientation in EXIF data: applied; nonsense there: passed over": files(
        lambda: encoded("JPEG", exif=turned(6)), lambda: encoded("JPEG", exif=turned(99)), lambda: encoded(exif=b"junk")
    ),
    "colour profile: not looked at; profile, text or EXIF of up to 64 MiB": files(
        *(lambda form=form: encoded(form, icc_profile=PROFILE) for form in ("PNG", "JPEG", "TIFF", "WEBP")),
        lambda: encoded("WEBP", exif=turned(1, "x" * (2 << 20))),
        long_text(20 << 20),
    ),
    "PNG with more text or a longer profile": files(long_text((64 << 20) + 1)),
    "16 bits: white is 65535": files(
        lambda: png(slope(65535), 16), lambda: tiff(slope(65535).astype(np.uint16), 16, order=">")
    ),
    "12 bits that the file declares: white is 4095": files(
        lambda: tiff(slope(4095), 12), lambda: b"P5\n70 70\n4095\n" + slope(4095).astype(">u2").tobytes()
    ),
    "16 bits, no number above 4095": files(lambda: png(slope(4095), 16), lambda: png(COLOURS, 16, RGB)),
    "32-bit integers": files(lambda: tiff(slope(255).astype(np.uint32), 32)),
    "signed integers": files(lambda: tiff((slope(200) - 100).astype(np.int16), 16, sample_format=2)),
    "floating-point numbers": files(lambda: tiff(slope(1).astype(np.float32), 32, sample_format=3)),
    "a TIFF whose first page is a thumbnail (DNG, NEF)": files(lambda: tiff(slope(255).astype(np.uint8), 8, reduced=1)),
    "a side under 64 px": files(lambda: encoded(image=picture(63))),
    "more than 89 million pixels": files(b"P6 99999 99999 255\n"),
    "more than 256 MiB": sparse,
    "no bytes": files(b""),
    "any other content: AVIF, HEIC, JPEG 2000, TGA, ICO, SVG, PDF, PostScript, zip, text": files(
        *(lambda form=form: encoded(form) for form in ("AVIF", "JPEG2000", "TGA", "ICO", "EPS")), *TEXTS
    ),
    "cut or changed": files(lambda: cut(encoded("JPEG"), 2)),
    "a JPEG that was cut, its place filled with zeros": files(lambda: cut(encoded("JPEG"), 900) + bytes(900)),
    "a pointer of Git LFS": files(b"version https://git-lfs.github.com/spec/v1\noid sha256:00\nsize 1\n"),
    "a pointer of git-annex": files(
        b"/annex/objects/SHA256E-s1--00.jpg\n", b"../.git/annex/objects/aa/MD5-s1--0/MD5-s1--0"
    ),
    "the text of a link, as git leaves it where there are none: followed": link_text,
    "the text of a link to nothing": files(b"../../blobs/0"),
}


def refuses(function, name):
    """Return a function that may not do something with the files or folders of a name."""

    def call(path, *words, **options):
        if Path(path).name == name:
            raise PermissionError(13, "Permission denied")
        return function(path, *words, **options)

    return call


def links(folder, _):
    put(folder / ".blobs" / "0")
    (folder / "inside.png").symlink_to(".blobs/0")
    put(folder.parent / f"{folder.name}_outside")
    (folder / "outside.png").symlink_to(folder.parent / f"{folder.name}_outside")


def put(path, content=None):
    path.parent.mkdir(parents=True, exist_ok=True)
    path.write_bytes(content or encoded())


def linked_folder(folder, _):
    put(folder / ".elsewhere" / "a.png")
    (folder / "there").symlink_to(".elsewhere")


def linked_twice(folder, _):
    put(folder / "other")
    (folder / "a").symlink_to(".")


def dangling(folder, _):
    (folder / "a.png").symlink_to("none.png")


def round_and_round(folder, _):
    (folder / "a.png").symlink_to("a.png")


def no_files(folder, _):
    os.mkfifo(folder / "pipe.png")
    (folder / "link.png").symlink_to("pipe.png")
    (folder / "device.png").symlink_to("/dev/zero")
    with socket.socket(socket.AF_UNIX) as one:
        here = Path.cwd()
        os.chdir(folder)  # a socket's path is short
        one.bind("socket.png")
        os.chdir(here)


def closed_file(folder, monkeypatch):
    put(folder / "closed.png")
    monkeypatch.setattr(Path, "open", refuses(Path.open, "closed.png"))


def closed_folder(folder, monkeypatch):
    put(folder / "lost+found" / "a.png")
    put(folder / "other")
    monkeypatch.setattr(os, "scandir", refuses(os.scandir, "lost+found"))


def closed_source(folder, monkeypatch):
    monkeypatch.setattr(os, "scandir", refuses(os.scandir, folder.name))


def hidden(folder, _):
    for name in (".hidden/a.png", ".DS_Store", "._a.png", "other"):
        put(folder / name)


def odd_name(folder, _):
    put(folder / os.fsdecode(b"bad\xff.png"))
    put(folder / "line\nbreak.png")


def nothing(folder, _):
    return folder / "none"


FOLDERS = {
    "a file below the folder, of any name": odd_name,
    "hidden files and folders (a name with a dot before it)": hidden,
    "a link to a file, in the folder or out of it": links,
    "a link to a folder: entered": linked_folder,
    "a link that leads round, or to a folder that another link led to": linked_twice,
    "a link to nothing": dangling,
    "links that lead to each other": round_and_round,
    "a pipe, socket or device, or a link to one": no_files,
    "a file that may not be read": closed_file,
    "a folder in it that cannot be listed (`lost+found`)": closed_folder,
    "the folder itself cannot be listed": closed_source,
    "a folder without files": lambda folder, _: folder,
    "no such folder, list or tar": nothing,
}


def listing(*lines, encoding="utf-8"):
    """Return a builder of a list with some lines, in which {here} is its folder, beside a picture or two."""

    def build(folder, _):
        put(folder / "list" / "a.png")
        put(folder / "b.png")
        text = "\n".join(lines).format(here=folder)
        (folder / "list" / "list.txt").write_bytes(text.encode(encoding))
        return folder / "list" / "list.txt"

    return build


def list_with_member(folder, _):
    put(folder / "s.tar", tar_of({"a.png": encoded()}))
    (folder / "list.txt").write_text("s.tar/a.png\n")
    return folder / "list.txt"


LISTS = {
    "a name a line, relative to the list's folder, also with `..`, or absolute": listing(
        "a.png", "../b.png", "{here}/b.png"
    ),
    "further columns behind a tab, comma, semicolon or space; quotes": listing("a.png\tcat\t3", '"../b.png","a, b"'),
    "a member of a tar, as `shard.tar/a.jpg`": list_with_member,
    "a line that names no file, such as a header; nothing in it is expanded": listing(
        "file,label", "~/a.png", "$HOME/a.png"
    ),
    "a folder": listing("../list"),
    "a list without names": listing("", " "),
    "a list that is no text in UTF-8": listing("é.png", encoding="latin-1"),
}


def tar_of(contents, kinds=None):
    """Return a tar of members by name, of which some are no files but of a kind."""
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w") as archive:
        for name, content in contents.items():
            member = tarfile.TarInfo(name)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        for name, kind in (kinds or {}).items():
            member = tarfile.TarInfo(name)
            member.type, member.linkname = kind, "/etc/passwd"
            archive.addfile(member)
    return buffer.getvalue()


def tar(contents, kinds=None, change=lambda content: content):
    def build(folder, _):
        (folder / "s.tar").write_bytes(change(tar_of(contents(), kinds)))

    return build


def one():
    return {"a.png": encoded()}


def two_of_a_name(content):
    return content + tar_of(one())


def compressed(folder, _):
    for name in ("a.tar.gz", "b.tgz", "c.tar.zst"):
        put(folder / name, gzip.compress(tar_of(one())))


def cut_member(folder, _):
    put(folder / "s.tar", tar_of(one())[:1024])
    (folder / "list.txt").write_text("s.tar/a.png\n")  # the tar itself has a row too
    return folder / "list.txt"


TARS = {
    "a member that is an image by its content, under any suffix": tar(lambda: {"a.jfif": encoded(), "b": encoded()}),
    "a member with an image's suffix and other content": tar(lambda: {"a.jpg": b"text", "b.avif": encoded("AVIF")}),
    "other members (labels, texts); hidden ones": tar(
        lambda: {"a.txt": b"text", "a.json": b"{}", ".a.png": encoded(), "other": encoded()}
    ),
    "tars one behind another, zeros between members: read on": tar(
        one, change=lambda content: tar_of({"b.png": encoded()}) + content
    ),
    "something else behind zeros": tar(one, change=lambda content: content + b"else"),
    "zeros of more than 64 KiB: room that was never filled?": tar(one, change=lambda content: content + bytes(10**6)),
    "the end is missing": tar(
        one, change=lambda content: content.rstrip(b"\0") + bytes(-len(content.rstrip(b"\0")) % 512)
    ),
    "a header is damaged": tar(
        lambda: one() | {"b.png": b""}, change=lambda content: content.replace(b"b.png", b"c.png")
    ),
    "a member that goes beyond the end": cut_member,
    "two members of one name, also of joined tars": tar(one, change=two_of_a_name),
    "a name that leads out of the tar": tar(lambda: {"../a.png": encoded(), "/b.png": encoded()}),
    "a link in a tar": tar(dict, {"a.png": tarfile.SYMTYPE, "b.png": tarfile.LNKTYPE}),
    "a pipe or device in a tar": tar(dict, {"a.png": tarfile.FIFOTYPE, "b.png": tarfile.CHRTYPE}),
    "a sparse member": tar(dict, {"a.png": tarfile.GNUTYPE_SPARSE}),
    "a tar in a tar, compressed or not": tar(lambda: {"a.tar": tar_of(one()), "b.tar.gz": b"", "c": tar_of(one())}),
    "a zip, 7z or rar in a tar": tar(lambda: {"a.zip": b"PK"}),
    "a tar without images": tar(dict),
    "a compressed tar": compressed,
    "a compressed tar that is called `.tar`": tar(one, change=gzip.compress),
}

SECTIONS = {
    "Image files": Section(FILES, outcome),
    "Folders and links": Section(FOLDERS, outcome),
    "Lists": Section(LISTS, outcome),
    "Tars": Section(TARS, outcome),
}
