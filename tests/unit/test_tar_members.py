"""Images inside tars: which are read, and what of a hostile or damaged tar is said."""

import gzip
import io
import os
import random
import tarfile

import numpy as np
import pytest
from PIL import Image

from highlow.pictures import image_files, image_names, tar_members


def encoded(seed=0, form="PNG", size=70):
    pixels = np.random.default_rng(seed).integers(0, 256, (size, size, 3), dtype=np.uint8)
    buffer = io.BytesIO()
    Image.fromarray(pixels).save(buffer, form)
    return buffer.getvalue()


PNG = encoded()


def member(name, kind=tarfile.REGTYPE, content=PNG, **fields):
    """Return a header and what lies behind it; further fields replace those of the header."""
    info = tarfile.TarInfo(name)
    info.type, info.size = kind, len(content) if kind == tarfile.REGTYPE else 0
    for key, value in fields.items():
        setattr(info, key, value)
    return info, content


def write(path, *members, form=tarfile.GNU_FORMAT):
    with tarfile.open(path, "w", format=form) as archive:
        for info, content in members:
            archive.addfile(info, io.BytesIO(content) if info.type == tarfile.REGTYPE else None)
    return path


def listed(root):
    """Return the reason of every name below a folder, as a listing finds them."""
    names = list(tar_members.expanded(root, image_names.walk(root)))
    assert names == sorted(names, key=image_names.sort_key)
    return {name: image_files.read(str(root), name).reason for name in names}


def test_of_webdatasets_samples_the_images_are_listed(tmp_path):
    texts = {
        "JPG": PNG,
        "cls": b"7",
        "json": b'{"label": 7}',
        "txt": b"BMX, II, MM, P5 and GIF8: a text",
        "npy": bytes(600),
    }
    samples = [member(f"{key}.{kind}", content=texts[kind]) for key in ("b/2", "a", "b/1") for kind in texts]
    write(tmp_path / "one.tar", *samples, member("b/folder.png", tarfile.DIRTYPE), member("b/.hidden.png"))
    (tmp_path / "one.tar-1.png").write_bytes(PNG)
    before = sorted(tmp_path.rglob("*"))
    assert listed(tmp_path) == dict.fromkeys(
        ("one.tar-1.png", "one.tar/a.JPG", "one.tar/b/1.JPG", "one.tar/b/2.JPG"), ""
    )
    assert sorted(tmp_path.rglob("*")) == before  # nothing is unpacked


def test_a_member_is_what_the_file_is(tmp_path):
    contents = {f"{number}.png": encoded(number) for number in range(3)}
    for form in (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT):
        long = "long " * 40 + "é.png" if form != tarfile.USTAR_FORMAT else "short.png"
        write(
            tmp_path / "s.tar",
            *(member(name, content=content) for name, content in (contents | {long: PNG}).items()),
            form=form,
        )
        for name, content in (contents | {long: PNG}).items():
            (tmp_path / "plain.png").write_bytes(content)
            one = image_files.read(str(tmp_path), f"s.tar/{name}")
            other = image_files.read(str(tmp_path), "plain.png")
            assert (one.sha256, one.width, one.reason) == (other.sha256, other.width, "")
            np.testing.assert_array_equal(one.pixels, other.pixels)


def test_what_is_no_plain_file_of_the_tar_is_refused(tmp_path):
    outside = tmp_path / "secret.png"
    outside.write_bytes(PNG)
    root = tmp_path / "images"
    root.mkdir()
    write(
        root / "h.tar",
        member("symlink.png", tarfile.SYMTYPE, linkname=str(outside)),
        member("hardlink.png", tarfile.LNKTYPE, linkname="good.png"),
        member("device.png", tarfile.CHRTYPE),
        member("pipe.png", tarfile.FIFOTYPE),
        member("sparse.png", tarfile.GNUTYPE_SPARSE),
        member("odd.png", b"Z"),
        member("../up.png"),
        member("a/../../up2.png"),
        member(str(outside)),
        member("./good.png"),
        member("twice.png"),
        member("./x/../twice.png", content=encoded(1)),
        member("empty.png", content=b""),
        member("text.png", content=b"no image"),
        member("inner.tar"),
    )
    write(
        root / "pax.tar",
        member("map.png", pax_headers={"GNU.sparse.map": "0,1", "GNU.sparse.size": "1"}),
        form=tarfile.PAX_FORMAT,
    )
    assert listed(root) == {
        f"h.tar/{outside}": "leads out of the tar",
        "h.tar/../up.png": "leads out of the tar",
        "h.tar/../up2.png": "leads out of the tar",
        "h.tar/device.png": "no regular file",
        "h.tar/empty.png": "empty file",
        "h.tar/good.png": "",
        "h.tar/hardlink.png": "a link",
        "h.tar/inner.tar": "a tar in a tar: unpack the outer one",
        "h.tar/odd.png": "no regular file",
        "h.tar/pipe.png": "no regular file",
        "h.tar/sparse.png": "a sparse file",
        "h.tar/symlink.png": "a link",
        "h.tar/text.png": "no image of a known format",
        "h.tar/twice.png": "two members of this name",
        "pax.tar/map.png": "a sparse file",
    }


def test_tars_that_are_none_and_compressed_ones_are_said(tmp_path):
    whole = write(tmp_path / "whole.tar", member("a.png"), member("b.png")).read_bytes()
    (tmp_path / "whole.tar").unlink()
    (tmp_path / "gz.tar").write_bytes(gzip.compress(whole))
    (tmp_path / "garbage.tar").write_bytes(random.Random(0).randbytes(4096))
    (tmp_path / "nothing.tar").touch()
    (tmp_path / "zeros.tar").write_bytes(bytes(10240))
    (tmp_path / "image.tar").write_bytes(PNG)
    write(tmp_path / "text.tar", member("a.txt", content=b"text"))
    (tmp_path / "x.tar.gz").write_bytes(gzip.compress(whole))
    (tmp_path / "x.tar.png").write_bytes(PNG)
    os.mkfifo(tmp_path / "pipe.tar")
    (tmp_path / "link.tar").symlink_to("text.tar")
    (tmp_path / "folder.tar").mkdir()
    (tmp_path / "folder.tar" / "c.png").write_bytes(PNG)
    found = listed(tmp_path)
    assert (found.pop("folder.tar/c.png"), found.pop("x.tar.png")) == ("", "")
    assert {name: reason.split(":")[0] for name, reason in found.items()} == {
        "garbage.tar": "damaged tar",
        "gz.tar": "a tar compressed with gzip",
        "image.tar": "damaged tar",
        "link.tar": "a tar without images",
        "nothing.tar": "damaged tar",
        "pipe.tar": "no regular file",
        "text.tar": "a tar without images",
        "x.tar.gz": "a compressed tar",
        "zeros.tar": "a tar without images",
    }


def test_of_a_truncated_tar_what_is_whole_is_used_and_the_rest_said(tmp_path):
    whole = write(tmp_path / "t.tar", member("a.png"), member("b.png")).read_bytes()
    block = 512 + -(-len(PNG) // 512) * 512
    wanted = {
        block + 512 + len(PNG): {"t.tar": "damaged tar", "t.tar/a.png": "", "t.tar/b.png": ""},
        block + 512 + 100: {"t.tar": "damaged tar", "t.tar/a.png": "", "t.tar/b.png": "truncated"},
        block + 100: {"t.tar": "truncated tar", "t.tar/a.png": ""},
        block: {"t.tar": "truncated tar", "t.tar/a.png": ""},
        100: {"t.tar": "damaged tar"},
    }
    for length, found in wanted.items():
        (tmp_path / "t.tar").write_bytes(whole[:length])
        assert {name: reason.split(":")[0] for name, reason in listed(tmp_path).items()} == found, length
    damaged = bytearray(whole)
    damaged[block + 5] ^= 1  # in the second header: tarfile alone would end there without a word
    (tmp_path / "t.tar").write_bytes(damaged)
    assert listed(tmp_path) == {"t.tar": "damaged tar: a header in it is none", "t.tar/a.png": ""}


def raw(kind, size, name=b"x.png"):
    """Return a header whose size is any number, also one that no writer would write."""
    info = tarfile.TarInfo(name.decode())
    info.type = kind
    header = bytearray(info.tobuf(tarfile.GNU_FORMAT))
    header[124:136] = tarfile.itn(size, 12, tarfile.GNU_FORMAT)
    header[148:156] = b"%06o\0 " % tarfile.calc_chksums(bytes(header))[0]
    return bytes(header)


@pytest.mark.parametrize(
    "content",
    [
        raw(tarfile.REGTYPE, -1024) + bytes(1024),  # an endless loop in tarfile of some Python versions
        raw(tarfile.REGTYPE, 512) + bytes(512) + raw(tarfile.REGTYPE, -1024) + bytes(1024),
        raw(tarfile.REGTYPE, 2**60),
        raw(tarfile.XHDTYPE, 2**40) + bytes(2048),
        raw(tarfile.XHDTYPE, -512) + bytes(2048),
        raw(tarfile.GNUTYPE_LONGNAME, 2**33) + bytes(2048),
        raw(tarfile.XGLTYPE, 1024) + b"9 hdrcharset=\xff\n".ljust(1024, b"1") + bytes(1024),
        (raw(tarfile.GNUTYPE_LONGNAME, 512) + b"a.png".ljust(512, b"\0")) * 3000 + bytes(1024),
        (raw(tarfile.XHDTYPE, 512) + b"11 size=-1\n".ljust(512, b"\0")) + raw(tarfile.REGTYPE, 0) + bytes(1024),
    ],
    ids=["negative", "circle", "huge", "huge pax", "negative pax", "huge name", "charset", "recursion", "pax size"],
)
def test_headers_that_lie_end_in_a_reason(content, tmp_path):
    (tmp_path / "l.tar").write_bytes(content)
    found = listed(tmp_path)
    assert any(found.values())
    assert all(len(reason) < 150 for reason in found.values())


def test_damaged_tars_never_raise(tmp_path):
    whole = write(tmp_path / "f.tar", member("a.png"), member("b" * 150 + ".png"), form=tarfile.PAX_FORMAT).read_bytes()
    headers = [at for at in range(0, len(whole), 512) if whole[at + 257 : at + 262] == b"ustar"]
    generator = random.Random(1)
    for _ in range(150):
        damaged = bytearray(whole)
        for _ in range(generator.randrange(1, 4)):
            at = generator.choice(headers)
            damaged[at + generator.randrange(512)] = generator.randrange(256)
            if generator.random() < 0.7:
                damaged[at + 148 : at + 156] = b"%06o\0 " % tarfile.calc_chksums(bytes(damaged[at : at + 512]))[0]
        path = tmp_path / "f.tar"
        path.write_bytes(damaged)
        listed(tmp_path)


def test_a_tar_can_be_the_list_or_in_it(tmp_path):
    write(tmp_path / "s.tar", member("a.png"), member("b.png"))
    assert list(image_names.walk(tmp_path / "s.tar")) == ["s.tar"]
    (tmp_path / "list.txt").write_text("s.tar/b.png\n")
    assert list(image_names.walk(tmp_path / "list.txt")) == ["s.tar/b.png"]
    assert image_files.read(str(tmp_path), "s.tar/b.png").reason == ""
    assert image_files.read(str(tmp_path), "s.tar/c.png").reason == "no such member"
    (tmp_path / "list.txt").write_text("s.tar/b.png\ns.tar\ns.tar/z.png\nt.png\n")
    assert list(image_names.walk(tmp_path / "list.txt")) == ["s.tar", "t.png"]


def test_a_tar_that_changes_is_read_again(tmp_path):
    write(tmp_path / "s.tar", member("a.png"))
    assert listed(tmp_path) == {"s.tar/a.png": ""}
    write(tmp_path / "s.tar", member("b.png"), member("c.png"))
    assert listed(tmp_path) == {"s.tar/b.png": "", "s.tar/c.png": ""}


def test_too_large_members_are_not_read(tmp_path, monkeypatch):
    write(tmp_path / "s.tar", member("a.png"))
    monkeypatch.setattr(image_files, "LARGEST_FILE", len(PNG) - 1)
    assert image_files.read(str(tmp_path), "s.tar/a.png").reason.startswith("larger than")


def test_what_lies_behind_zeros_is_read(tmp_path):
    one = write(tmp_path / "1", member("a.png"), member("b.png", content=encoded(1))).read_bytes()
    two = write(tmp_path / "2", member("c.png", content=encoded(2)), member("é" * 80 + ".png")).read_bytes()
    bare = one[: 2 * 512 + sum(-(-size // 512) * 512 for size in (len(PNG), len(encoded(1))))]
    (tmp_path / "1").unlink()
    (tmp_path / "2").unlink()
    wanted = dict.fromkeys(("s.tar/a.png", "s.tar/b.png", "s.tar/c.png", f"s.tar/{'é' * 80}.png"), "")
    for content in (
        one + two,
        bare + bytes(512) + two,
        bytes(512) + one + two,
        bare + bytes(60_000 // 512 * 512) + two,
    ):
        (tmp_path / "s.tar").write_bytes(content)
        assert listed(tmp_path) == wanted
    found = image_files.read(str(tmp_path), "s.tar/c.png")
    np.testing.assert_array_equal(found.pixels[5, 5], image_files.fitted(Image.open(io.BytesIO(encoded(2))))[5, 5])


def test_what_is_no_tar_behind_zeros_is_said(tmp_path):
    whole = write(tmp_path / "s.tar", member("a.png")).read_bytes()
    for junk in (b"junk" * 300, b"x", PNG):
        (tmp_path / "s.tar").write_bytes(whole + junk)
        reason = f"{len(junk)} bytes from byte {len(whole)} on, behind zeros, are no tar and are not read"
        assert listed(tmp_path) == {"s.tar": f"damaged tar: {reason}", "s.tar/a.png": ""}
    (tmp_path / "s.tar").write_bytes(whole + whole[:700])
    found = listed(tmp_path)
    assert found["s.tar/a.png"] == "two members of this name"
    assert found["s.tar"].startswith("damaged tar: ")


def test_one_name_in_two_joined_tars_is_refused(tmp_path):
    one = write(tmp_path / "s.tar", member("a.png"), member("b.png")).read_bytes()
    two = write(tmp_path / "s.tar", member("a.png", content=encoded(1))).read_bytes()
    (tmp_path / "s.tar").write_bytes(one + two)
    assert listed(tmp_path) == {"s.tar/a.png": "two members of this name", "s.tar/b.png": ""}


@pytest.mark.parametrize("holes", [True, False])
def test_room_that_was_never_filled_is_said_and_passed_over(tmp_path, monkeypatch, holes):
    """A hole of a terabyte is never read; without them every byte is, in pieces of at most 1 MiB."""
    if not holes:
        monkeypatch.delattr(os, "SEEK_DATA", raising=False)
    size = 2**40 if holes else 3 * 2**20
    whole = write(tmp_path / "s.tar", member("a.png")).read_bytes()
    end = 512 + -(-len(PNG) // 512) * 512
    other = write(tmp_path / "other", member("b.png")).read_bytes()
    (tmp_path / "other").unlink()
    with (tmp_path / "s.tar").open("r+b") as file:
        file.truncate(size)
    tail = {"s.tar": f"perhaps incomplete: {size - end} bytes of zeros, the first at byte {end}", "s.tar/a.png": ""}
    assert listed(tmp_path) == tail
    with (tmp_path / "s.tar").open("r+b") as file:
        file.seek(size)
        file.write(other)
    assert listed(tmp_path) == tail | {"s.tar/b.png": ""}
    (tmp_path / "s.tar").write_bytes(whole)
    assert listed(tmp_path) == {"s.tar/a.png": ""}


def test_no_zeros_make_an_image_vanish(tmp_path):
    """Zeros over any part of a tar: every image of it is used, has a row, or the tar has one that says why."""
    room = 20 * tar_members.LONGEST_PADDING
    names = [f"{number}.png" for number in range(4)]
    whole = write(tmp_path / "s.tar", *(member(name, content=encoded(size=90)) for name in names)).read_bytes()
    whole += bytes(room)
    generator = random.Random(0)
    for _ in range(40):
        start = generator.randrange(0, len(whole) - room)
        start -= start % generator.choice((1, 512))
        content = whole[:start] + bytes(generator.randrange(room)) + whole[start:]
        (tmp_path / "s.tar").write_bytes(content)
        found = listed(tmp_path)
        assert "s.tar" in found or {f"s.tar/{name}" for name in names} <= found.keys()


SUFFIXES = ("jfif", "jpe", "JPEG", "jif", "apng", "mpo", "dib", "pnm", "avif", "heic", "jp2", "tga", "ico")


def test_members_count_by_content_as_files_of_a_folder_do(tmp_path):
    contents = {f"used.{suffix}": PNG for suffix in (*SUFFIXES, "txt", "image")} | {"bare": PNG}
    contents |= {f"{form}.x": encoded(form=form) for form in ("BMP", "GIF", "JPEG", "PPM", "TIFF", "WEBP")}
    contents |= {f"none.{suffix}": b"no image" for suffix in SUFFIXES}
    folder, tars = tmp_path / "folder", tmp_path / "tars"
    folder.mkdir()
    tars.mkdir()
    for name, content in contents.items():
        (folder / name).write_bytes(content)
    write(tars / "s.tar", *(member(name, content=content) for name, content in contents.items()))
    in_folder, in_tar = listed(folder), listed(tars)
    assert in_tar == {f"s.tar/{name}": reason for name, reason in in_folder.items()}
    assert all((reason == "") == (not name.startswith("none")) for name, reason in in_folder.items())


def test_archives_in_a_tar_are_said(tmp_path):
    inner = write(tmp_path / "i.tar", member("a.png")).read_bytes()
    (tmp_path / "i.tar").unlink()
    archives = {
        "i.tar": inner,
        "i.TAR": inner,
        "bare": inner,
        "i.tar.gz": gzip.compress(inner),
        "i.tgz": b"",
        "i.zip": b"PK",
    }
    write(tmp_path / "o.tar", member("i.tar-1.png"), *(member(name, content=archives[name]) for name in archives))
    wanted = {f"o.tar/{name}": "a tar in a tar: unpack the outer one" for name in archives}
    wanted |= {"o.tar/i.zip": "an archive in a tar: unpack both", "o.tar/i.tar-1.png": ""}
    assert listed(tmp_path) == wanted
    (tmp_path / "list.txt").write_text("o.tar/i.tar/a.png\no.tar/i.tar\n")
    assert list(image_names.walk(tmp_path / "list.txt")) == ["o.tar/i.tar"]
    (tmp_path / "list.txt").write_text("o.tar/i.tar/a.png\n")
    assert image_files.read(str(tmp_path), "o.tar/i.tar/a.png").reason == "a tar in a tar: unpack the outer one"


def test_a_tar_behind_a_link_is_read(tmp_path):
    (tmp_path / "blobs").mkdir()
    write(tmp_path / "blobs" / "0", member("a.png"), member("b.txt", content=b"text"))
    (tmp_path / "images").mkdir()
    (tmp_path / "images" / "s.tar").symlink_to("../blobs/0")
    assert listed(tmp_path / "images") == {"s.tar/a.png": ""}
    assert list(image_names.walk(tmp_path / "images" / "s.tar")) == ["s.tar"]
