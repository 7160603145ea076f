"""Images of every format, lists of them and tars."""

import io
import tarfile
import zlib
from functools import cache

import numpy as np
from PIL import Image

from highlow.pictures import image_files, image_names, tar_members
from tests.fuzz.mutations import mutated
from tests.fuzz.target import Target

SIDE = 72
# Everything that a list may lead to, by itself and by a link: nothing else is ever used.
GOOD, LINK = "good.png", "link.png"


@cache
def sample(form, variant):
    """Return an encoded image; variants differ in their mode and options."""
    generator = np.random.default_rng(variant)
    pixels = generator.integers(0, 256, (SIDE, SIDE, 3), dtype=np.uint8)
    pixels[:, : SIDE // 2] = pixels[0, 0]
    image, options = Image.fromarray(pixels), {}
    if variant == 1:
        image = image.convert({"JPEG": "CMYK", "PPM": "L", "BMP": "P", "WEBP": "RGBA"}.get(form, "P"))
    if variant == 2:
        exif = Image.Exif()
        exif[0x0112], exif[0x010F] = 6, "maker"
        options = {"exif": exif} if form in ("JPEG", "PNG", "WEBP", "TIFF") else {}
        options |= {"compression": "tiff_lzw"} if form == "TIFF" else {}
    if variant == 3 and form in ("GIF", "PNG", "WEBP", "TIFF"):
        options = {"save_all": True, "append_images": [image.rotate(90), image.rotate(180)]}
        options |= {"compression": "jpeg"} if form == "TIFF" else {}
    if variant == 4:
        image = {"PNG": deep(image), "TIFF": image.convert("F"), "JPEG": image}.get(form, image.convert("1"))
        image = image.convert("RGB") if form == "WEBP" else image
        options = {"progressive": True, "icc_profile": bytes(200)} if form == "JPEG" else {}
    buffer = io.BytesIO()
    image.save(buffer, form, **options)
    return buffer.getvalue()


def deep(image):
    """Return an image in 16 bits of grey."""
    return Image.fromarray(np.asarray(image.convert("L")).astype(np.uint16) * 257)


def image_of(form):
    def make(generator):
        content = mutated(generator, sample(form, generator.randrange(5)), sample(form, generator.randrange(5)))
        return with_checksums(content) if form == "PNG" and generator.random() < 0.7 else content

    return make


def with_checksums(png):
    """Return a PNG whose chunks have the checksums that fit them: otherwise nearly every change is refused for them."""
    result, place = bytearray(png), 8
    while place + 12 <= len(png):
        size = int.from_bytes(png[place : place + 4], "big")
        end = place + 8 + size
        result[end : end + 4] = zlib.crc32(png[place + 4 : end]).to_bytes(4, "big")
        place = end + 4
    return bytes(result)


def read_image(path):
    return accepted(image_files.read(str(path.parent), path.name))


def accepted(found):
    """Check a file that was looked at; return whether it is used."""
    if found.reason:
        assert found.pixels is None
        return False
    assert found.pixels.shape == (224, 224, 3)
    assert found.pixels.dtype == np.uint8
    assert min(found.width, found.height) >= image_files.SMALLEST_SIDE
    assert len(found.sha256) == 64
    return True


NAMES = [
    GOOD,
    f"./{GOOD}",
    LINK,
    f"{GOOD}\tlabel",
    f'"{GOOD}",3',
    f"{GOOD} 3 4",
    "gone.png,3",
    "round/round/good.png",
    "s.tar/a.png;1",
    "/dev/zero",
    "../input",
    "/etc/passwd",
    "list.txt",
    "a\0b",
    "",
    " ",
    "..",
    ".",
    "x" * 300,
    "é",
    "$(touch x)",
]


def make_list(generator):
    lines = "\n".join(generator.choice(NAMES) for _ in range(generator.randint(0, 12))).encode()
    return mutated(generator, lines) if generator.random() < 0.6 else lines


def put_image(path):
    (path.parent / GOOD).write_bytes(sample("PNG", 0))
    (path.parent / "s.tar").write_bytes(sample_tar(tarfile.PAX_FORMAT))
    for name, target in ((LINK, GOOD), ("round", "."), ("gone.png", "none"), ("pipe.png", "/dev/zero")):
        (path.parent / name).unlink(missing_ok=True)
        (path.parent / name).symlink_to(target)


def read_list(path):
    root = str(image_names.root_of(path))
    names = image_names.file_names(path)
    assert len(set(names)) == len(names)
    used = 0
    for name in names:
        assert image_names.unescaped(image_names.escaped(name)) == name
        assert image_names.escaped(name).isprintable() or " " in name or max(name) >= "\ue000"
        found = image_files.read(root, name)
        place = path.parent / (tar_members.split(root, name)[0] or name)
        assert not accepted(found) or place.resolve().parent == path.parent.resolve()
        used += not found.reason
    assert len(image_names.manifest_hash(path)) == 64
    return used > 0


@cache
def sample_tar(kind):
    buffer = io.BytesIO()
    with tarfile.open(fileobj=buffer, mode="w", format=kind) as archive:
        for name in ("a.png", "below/é b.png", "a.txt", "x" * 90 + ".png"):
            member = tarfile.TarInfo(name)
            content = sample("PNG", 0)
            member.size = len(content)
            archive.addfile(member, io.BytesIO(content))
        link = tarfile.TarInfo("link.png")
        link.type, link.linkname = tarfile.SYMTYPE, "/etc/passwd"
        archive.addfile(link)
    return buffer.getvalue()


def make_tar(generator):
    kinds = (tarfile.USTAR_FORMAT, tarfile.GNU_FORMAT, tarfile.PAX_FORMAT)
    one, other = sample_tar(generator.choice(kinds)), sample_tar(generator.choice(kinds))
    if generator.random() < 0.3:  # joined, with holes
        start = generator.randrange(len(one))
        one = one[:start] + bytes(generator.choice((1, 512, 10_000, 100_000))) + one[start:] + other
    return mutated(generator, one, other) if generator.random() < 0.9 else one


def read_tar(path):
    used = 0
    size = path.stat().st_size
    members = tar_members.of(path)
    for offset, length in members.places.values():
        assert 0 <= offset <= offset + length <= size
    for name in tar_members.expanded(path.parent, [path.name]):
        used += accepted(image_files.read(str(path.parent), name))
    return used > 0


FORMS = {"JPEG": "jpg", "PNG": "png", "GIF": "gif", "TIFF": "tif", "WEBP": "webp", "BMP": "bmp", "PPM": "ppm"}
TARGETS = (
    *(Target(f"image: {form}", f"a.{suffix}", image_of(form), read_image) for form, suffix in FORMS.items()),
    Target("list of images", "list.txt", make_list, read_list, put_image),
    Target("tar of images", "a.tar", make_tar, read_tar),
)
