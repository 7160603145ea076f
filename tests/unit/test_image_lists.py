"""Text files that list images: names, further columns, and names with separators in them."""

import tarfile

import pytest
from PIL import Image

from highlow.pictures import image_names, image_reader


def picture(side=70):
    return Image.new("RGB", (side, side), "red")


def reasons_of(listing):
    names = image_names.file_names(listing)
    files = image_reader.read_all(str(image_names.root_of(listing)), names)
    return {name: file.reason for name, file in zip(names, files, strict=True)}


def test_a_list_names_files_relative_to_its_own_folder_or_absolute(tmp_path):
    root = tmp_path / "here"
    root.mkdir()
    for path in (root / "b.png", root / "a.png", tmp_path / "c.png", tmp_path / "d.png"):
        picture().save(path)
    listing = root / "list.txt"
    lines = (
        "b.png",
        "",
        "a.png\r",
        "./b.png",
        "../c.png",
        "none.png",
        "below/",
        f"{tmp_path}/d.png",
        f"{root}/a.png",
        root,
    )
    listing.write_text("\n".join(map(str, lines)))
    (root / "below").mkdir()
    assert reasons_of(listing) == {
        "../c.png": "",
        str(root): "a folder",
        f"{tmp_path}/d.png": "",
        "a.png": "",
        "b.png": "",
        "below": "a folder",
        "none.png": "no such file",
    }
    before = image_names.manifest_hash(listing)
    picture(90).save(tmp_path / "d.png")
    assert image_names.manifest_hash(listing) != before


@pytest.mark.parametrize(
    "line",
    [
        "a.png\t3",
        "a.png\t3\ta goose",
        "a.png,3",
        '"a.png","goose, grey"',
        "a.png;3",
        "a.png 3",
        "a.png 3 4 5",
        "a.png   n01440764",
        '"a.png"',
    ],
)
def test_further_columns_of_a_list_are_left_out(tmp_path, line):
    picture().save(tmp_path / "a.png")
    (tmp_path / "list.txt").write_text(f"file,label\n{line}\n")
    assert reasons_of(tmp_path / "list.txt") == {"a.png": "", "file,label": "no such file"}


@pytest.mark.parametrize("name", ["a b.png", "a,b.png", "a;b.png", "a\tb.png", '"a".png', "a.png 3", " a.png"])
def test_a_name_with_separators_is_a_name_where_there_is_such_a_file(tmp_path, name):
    picture().save(tmp_path / "x.png")
    (tmp_path / "x.png").rename(tmp_path / name)
    picture().save(tmp_path / "a", "PNG")
    quoted = name.replace('"', '""')
    lines = [name] if name == " a.png" else [name, f"{name}\t7", f'"{quoted}",7', f"{name} 7"]
    for line in lines:
        (tmp_path / "list.txt").write_text(f"{line}\n")
        assert reasons_of(tmp_path / "list.txt") == {name: ""}, line
    (tmp_path / "list.txt").write_text("none.png\t7\n" + "a " * 9000)
    assert set(reasons_of(tmp_path / "list.txt").values()) == {"no such file", "File name too long"}


@pytest.mark.parametrize("separator", ["\t", ",", " "])
def test_columns_behind_a_member_of_a_tar_and_a_link(tmp_path, separator):
    with tarfile.open(tmp_path / "s.tar", "w") as archive:
        picture().save(tmp_path / "a.png")
        archive.add(tmp_path / "a.png", "a.png")
    (tmp_path / "gone.png").symlink_to("none")
    (tmp_path / "list.txt").write_text(f"s.tar/a.png{separator}1\ngone.png{separator}2\n")
    assert reasons_of(tmp_path / "list.txt") == {"gone.png": "no such file: a link leads to it", "s.tar/a.png": ""}
