"""Sixty random damages of small results: each is named by `highlow verify`, and nothing beside it."""

import random

import pytest

from highlow import __main__
from highlow.storage import checksums, verification
from tests.reference import damages, small_results

TIMES = 60


@pytest.fixture(scope="module")
def original(tmp_path_factory):
    folder = small_results.made(tmp_path_factory.mktemp("made") / "results")
    assert verification.verify(folder).findings == []
    return folder, damages.known(folder)


@pytest.fixture
def folder(original):
    """A copy that harm can be done to."""
    with damages.copied(original[0]) as folder:
        yield folder


def said(folder):
    with damages.without_rights():
        return {(finding.file, finding.word) for finding in verification.verify(folder).findings}


@pytest.mark.parametrize("time", range(TIMES))
def test_a_damage_is_named_and_nothing_beside_it(time, original, folder):
    _, whole = original
    damage = damages.do(damages.KINDS[time % len(damages.KINDS)], folder, random.Random(time), (whole, set()))
    wanted = damages.expected([damage], whole)
    assert wanted and said(folder) == wanted


def test_many_damages_at_once_are_named_and_nothing_beside_them(original, folder):
    _, whole = original
    done = damages.do_many(damages.KINDS * TIMES, folder, random.Random(0), whole)
    assert len(done) >= 10
    assert said(folder) == damages.expected(done, whole)


@pytest.mark.parametrize("part", ["n", "n/activations", "n/tables", "n/pictures/layer", "images/generated", "stimuli"])
def test_of_a_part_only_what_is_wrong_in_it_is_told(original, folder, part):
    _, whole = original
    assert said(folder / part) == set()
    (folder / "long_name/weights.h5").write_bytes(b"damaged")
    (folder / "stimuli/a.h5").chmod(0)
    wanted = damages.expected([damages.Damage({"stimuli/a.h5"}, {("stimuli/a.h5", "damaged")})], whole)
    below = {(name.removeprefix(f"{part}/"), word) for name, word in wanted if name.startswith(f"{part}/")}
    assert said(folder / part) == below


def test_what_a_part_elsewhere_was_made_from_is_not_compared_and_that_is_said(folder, capsys):
    part = (folder / "n").rename(folder.parent / "n")
    assert __main__.main(["verify", str(part)]) == 0
    assert "what 2 of them were made from is not in this folder, and was not compared" in capsys.readouterr().err
    (part / "tables/found.tsv").write_text("unit\n")
    assert said(part) == {("tables/found.tsv", "damaged")}


def test_a_copy_of_another_name_is_known_by_its_content(folder):
    copy = folder.rename(folder.parent / "copy")
    (copy / "stimuli/b.h5").unlink()
    assert said(copy) == {(f"{network}/activations/layer/b.h5", "stale") for network in ("n", "long_name")}
    assert said(copy / "n") == {("activations/layer/b.h5", "stale")}


def test_a_single_file_is_verified_with_its_manifest(folder, capsys):
    for name in ("n/weights.h5", "n/tables/found.tsv", "n/figures/fig01.svg", "images/generated/0.png"):
        assert __main__.main(["verify", str(folder / name)]) == 0
        assert "1 file is as it was written" in capsys.readouterr().err
    (folder / "n/figures/fig01.svg").write_text("other")
    assert said(folder / "n/figures/fig01.svg") == {("fig01.svg", "damaged")}
    assert said(folder / "n/figures/fig01.png") == set()


def test_a_single_file_elsewhere_is_verified_by_what_lies_beside_it(folder, monkeypatch):
    part = (folder / "n").rename(folder.parent / "n")
    (part / "below").mkdir()
    (part / "below/large.json").write_text("not looked at")
    read = []
    real = checksums.sha256
    monkeypatch.setattr(checksums, "sha256", lambda path: read.append(path.name) or real(path))
    assert said(part / "scorecard.tsv") == set()
    assert "large.json" not in read


def test_paths_are_taken_as_a_shell_gives_them(folder, monkeypatch):
    monkeypatch.chdir(folder / "n")
    for path in (".", "..", "../n", "../../results/n/", "weights.h5", "./tables/../tables/found.tsv"):
        assert said(path) == set()
    (folder / "n/weights.h5").write_bytes(b"damaged")
    assert ("weights.h5", "damaged") in said(".") and ("n/weights.h5", "damaged") in said("..")


def test_links_to_results_to_files_and_to_folders(folder):
    real = folder.rename(folder.parent / "elsewhere")
    folder.symlink_to(real)
    assert said(folder) == said(folder / "n") == set()
    # A link inside that leads to where files are reached without it too, and a file behind a link.
    (real / "alias").symlink_to(real / "n")
    weights = (real / "n/weights.h5").rename(folder.parent / "weights.h5")
    (real / "n/weights.h5").symlink_to(weights)
    assert said(folder) == said(folder / "alias") == set()
    weights.unlink()
    (real / "n/figures/fig01.png").unlink()
    (real / "n/figures/fig01.png").symlink_to("nowhere")
    (real / "n/loop").symlink_to("loop")
    damaged = [name for name, word in said(folder / "n") if word == "damaged"]
    assert sorted(damaged) == ["figures/fig01.png", "loop", "weights.h5"]


def test_names_that_no_text_has_are_told(folder, capsys):
    (folder / "n" / b"\xff.txt".decode(errors="surrogateescape")).write_text("x")
    assert __main__.main(["verify", str(folder)]) == 1
    assert "foreign    'n/\\udcff.txt'" in capsys.readouterr().out


def test_what_systems_and_editors_leave_is_of_no_interest(folder):
    for name in small_results.LEFT_BY_OTHERS:
        (folder / "n/tables" / name).parent.mkdir(exist_ok=True)
        (folder / "n/tables" / name).write_text("x")
    assert said(folder) == set()
    (folder / "n/tables/.t.tsv.0123456789ab-12-7-abcdefgh.tsv").write_text("half")
    assert said(folder) == {("n/tables/.t.tsv.0123456789ab-12-7-abcdefgh.tsv", "unfinished")}


def test_a_folder_that_may_not_be_listed_itself_is_one_line(folder, capsys):
    (folder / "n").chmod(0)
    with damages.without_rights():
        assert __main__.main(["verify", str(folder / "n")]) == 1
    assert "Permission denied; check the permissions of the folder" in capsys.readouterr().err
