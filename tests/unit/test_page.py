"""The article page: its order, what it says where a claim fails, and what it never holds."""

import re
from functools import partial
from html.parser import HTMLParser

import pytest
from markupsafe import Markup

from highlow.circuits import detector_claims
from highlow.figures import page, page_numbers
from highlow.networks import registry
from highlow.runs.errors import HighlowError
from tests.conftest import REPOSITORY
from tests.reference import article_page

VOID = {"meta", "link", "img", "br"}


class Outline(HTMLParser):
    """What a page is made of: anchors, links, sources and headings; fails on tags that do not close."""

    def __init__(self, text):
        super().__init__()
        self.open, self.ids, self.links, self.sources, self.headings, self.alts = [], [], [], [], [], []
        self.feed(text)
        assert self.open == []

    def handle_starttag(self, tag, attrs):
        values = dict(attrs)
        if tag not in VOID:
            self.open.append(tag)
        if "id" in values:
            self.ids.append(values["id"])
        if tag == "a":
            self.links.append(values["href"])
        if "src" in values:
            self.sources.append(values["src"])
            self.alts.append(values.get("alt", ""))
        if re.fullmatch("h[1-6]", tag):
            self.headings.append(int(tag[1]))

    def handle_endtag(self, tag):
        assert self.open.pop() == tag


@pytest.fixture(scope="module")
def text(tmp_path_factory):
    return article_page.render(tmp_path_factory.mktemp("page"))


def test_order_of_the_sections_and_of_their_figures(text):
    places = [text.index(f'<h2 id="{key}">') for key in ("introduction", "function", "implementation", "usage")]
    places += [text.index(f'<h2 id="{key}">') for key in ("universality", "conclusion", "controls", "further")]
    assert places == sorted(places)
    figures = re.findall(r'<figure id="(\w+)">', text)
    assert figures == ["hero", "stimulus_axes", "fig01b_diversity", "fig03_tuning", *article_page.FIGURES[4:]]
    assert "<b>Figure 1b.</b>" in text
    assert "<b>Figure A.</b>" in text  # the article has no number for it
    assert text.index('<h2 id="usage">') < text.index("Units that use the detectors most") < text.index("Networks")


def test_a_figure_without_words_is_shown_at_the_end(text):
    assert text.index('<h2 id="further">') < text.index('<figure id="fig99_unheard_of">')
    assert '<h3 id="about-fig99_unheard_of">fig99_unheard_of</h3>' in text


def test_absent_figures_and_tables_leave_no_trace(tmp_path):
    text = article_page.render(tmp_path, names=("fig03_tuning",), tables=())
    assert "fig09_spatial_factors" not in text
    assert "Units that use the detectors most" not in text
    assert "by searching" not in text  # the text names only ways that are shown
    assert 'id="further"' not in text


def test_links_lead_somewhere_and_nothing_is_loaded_from_elsewhere(text):
    outline = Outline(text)
    assert len(outline.ids) == len(set(outline.ids))
    inside = [link[1:] for link in outline.links if link.startswith("#")]
    assert set(inside) <= set(outline.ids)
    files = [link for link in outline.links if not link.startswith("#")]
    assert [link for link in files if ":" in link] == ["https://doi.org/10.23915/distill.00024.005"]
    assert all(re.fullmatch(r"figures/\w+\.(svg|png|tsv)", link) for link in files + outline.sources if ":" not in link)
    assert "url(" not in text
    assert "@import" not in text
    assert re.findall("<script[^>]*>", text) == ["<script>"]  # one, within the page
    script = text[text.index("<script>") : text.index("</script>")]
    for way in ("fetch", "import", "XMLHttpRequest", "://", "innerHTML", "eval"):
        assert way not in script, way


def test_the_contents_list_every_figure_below_its_part(text):
    nav = text[text.index("<nav") : text.index("</nav>")]
    listed = re.findall(r'<a href="#([\w-]+)">', nav)
    assert [name.removeprefix("about-") for name in listed if name.startswith("about-")] == [
        *("stimulus_axes", "fig01b_diversity", "fig03_tuning", *article_page.FIGURES[4:])
    ]
    assert listed.index("function") < listed.index("about-fig03_tuning") < listed.index("implementation")
    assert "<span>1b</span> One detector, several pictures" in nav


def test_figures_are_linked_from_the_text_and_only_those_that_are_shown(text, tmp_path):
    link = '<a href="#stimulus_axes">Figure\u00a0A</a>'
    lead = text[text.index('<h3 id="about-fig03_tuning">') : text.index('<figure id="fig03_tuning">')]
    assert f"sees the synthetic pictures ({link}) at every orientation" in lead.replace("\n", " ")
    alone = article_page.render(tmp_path, names=("fig03_tuning",))
    assert "sees the synthetic pictures at every orientation" in alone.replace("\n", " ")
    assert "stimulus_axes" not in alone
    assert page.references(("b", "a"), {"a": "1", "b": "C"}) == (
        ' (<a href="#b">Figure\u00a0C</a>, <a href="#a">Figure\u00a01</a>)'
    )


def test_a_caption_that_names_a_figure_leads_to_it():
    caption = Markup("The responses of figure 7, not of figure 70 or figure 8 &amp; others.")
    assert page.linked(caption, {"fig07_factor_responses": "7"}) == (
        'The responses of <a href="#fig07_factor_responses">figure 7</a>, not of figure 70 or figure 8 &amp; others.'
    )


def test_headings_do_not_skip_a_level_and_pictures_have_alternatives(text):
    outline = Outline(text)
    assert outline.headings.count(1) == 1
    steps = [after - before for before, after in zip(outline.headings, outline.headings[1:], strict=False)]
    assert max(steps) == 1
    assert all(outline.alts)
    assert max(map(len, outline.alts)) < 160


def test_failed_claims_are_said(text):
    assert "2 of 4 claims do not hold on this network" in text
    assert "2 of 4 claims put into numbers hold." in text
    assert "Not every claim survives here: 2 of 4 do not hold" in text
    assert '<li class="fails"><span class="verdict">fails</span> detectors in the layer (at least 8): <b>3</b>' in text
    assert "next to silent at the\nopposite orientation" in text


def test_a_claim_that_could_not_be_measured_is_said(tmp_path):
    text = article_page.render(tmp_path, names=("control_stimuli",))
    assert '<span class="verdict">not measurable</span> response to gratings' in text


def test_of_what_could_not_be_measured_the_text_says_nothing(tmp_path):
    claims = [(claim, "", "", "", "", "not measurable") for claim, *_ in article_page.CLAIMS]
    text = " ".join(article_page.render(tmp_path, names=("fig03_tuning", "control_stimuli"), claims=claims).split())
    for words in ("next to silent", "respond to the opposite orientation too", "below the limit", "too strongly"):
        assert words not in text
    assert "4 of 4 claims do not hold on this network" in text
    assert "Not every claim survives here: 4 of 4 do not hold" in text


def test_a_claim_of_the_text_that_fails_changes_the_text(tmp_path):
    claims = [(claim, *values[:-1], "fails") for claim, *values in article_page.CLAIMS]
    text = article_page.render(tmp_path, claims=claims)
    assert "the claim of polarity fails here" in text
    assert "next to silent" not in text
    assert "as the article found" not in text


def test_a_network_where_all_holds_has_no_warning(tmp_path):
    claims = [(claim, *values[:-1], "holds") for claim, *values in article_page.CLAIMS]
    text = article_page.render(tmp_path, claims=claims, network="googlenet")
    assert 'class="banner"' not in text
    assert "All 4 claims put into numbers hold." in text


def test_banners_of_generated_and_destroyed_networks(tmp_path):
    assert "generated from a seed, not trained on photographs" in article_page.render(tmp_path)
    text = article_page.render(tmp_path, network="planted_shuffled_channels")
    assert "negative control of planted: inputs of every convolution shuffled" in text


def test_the_network_of_this_project_is_said_to_be_so(tmp_path):
    compared = {name: {"detectors": 3} for name in ("planted", "inceptionv1_selfsup_seed1")}
    render = partial(article_page.render, tmp_path, names=("fig14_similar_detectors",))
    text = " ".join(render(network="inceptionv1_selfsup", summaries={"fig14_similar_detectors": compared}).split())
    assert "<h1>High-low frequency detectors <span>in InceptionV1 stem trained by this project" in text
    assert "This network is our own, not the article’s: this project trained it" in text
    assert "It is a network of this project’s own" in text
    assert "generated from a seed" not in text
    assert "its detectors were built in" in text
    assert "differs by its seed alone" in text
    alone = render(network="inceptionv1_selfsup")
    assert "built in" not in alone
    assert "by its seed alone" not in alone
    for other in ("googlenet", "planted", "inceptionv1_selfsup_random"):
        assert "our own" not in render(network=other)


@pytest.mark.parametrize(
    "network,title,depth",
    [("googlenet", "GoogLeNet (BVLC, Caffe)", "block 4 of 12"), ("squeezenet1_1", "SqueezeNet 1.1", "block 3 of 9")],
)
def test_a_network_is_named_with_its_depth(tmp_path, network, title, depth):
    text = article_page.render(tmp_path, names=("fig03_tuning",), network=network)
    assert title in text
    assert f"{depth} before the classifier" in text
    assert "generated from a seed" not in text


def test_words_from_outside_are_escaped(tmp_path):
    text = article_page.render(tmp_path, title="<script>alert(1)</script> & co")
    assert text.count("<script") == 1  # the page's own
    assert "&lt;script&gt;alert(1)&lt;/script&gt; &amp; co" in text
    assert "<code>hero</code> with <em>emphasis</em> &amp; &lt;b&gt;." in text


def test_same_input_gives_the_same_text(tmp_path, text):
    assert article_page.render(tmp_path) == text
    assert str(tmp_path) not in text


def test_a_large_drawing_is_shown_as_png(tmp_path, monkeypatch):
    svg = article_page.write_figure(tmp_path, "fig04_weights", {})
    assert page.read_figure(svg, tmp_path).shown == ".svg"
    monkeypatch.setattr(page, "LARGEST_SHOWN_SVG", 10)
    assert page.read_figure(svg, tmp_path).shown == ".png"


def test_every_figure_with_words_has_all_of_them_and_a_method():
    content = page.content()
    names = [name for section in content["sections"] for name in section["figures"]]
    assert len(names) == len(set(names))
    for section in content["sections"]:
        for name, words in section["figures"].items():
            assert {"title", "lead", "alt", "method"} <= set(words) <= set(page.NO_WORDS), name
            assert words["method"] in content["methods"], name
    documents = [method["doc"] for method in content["methods"].values() if "doc" in method]
    assert [path for path in documents if not (REPOSITORY / path).is_file()] == []


def test_claims_that_hold_on_destroyed_weights_are_said_to_say_nothing(text):
    assert "<dd>2 of 4, 1 says nothing</dd>" in text
    assert "1 of these says nothing: it holds on destroyed weights too." in text
    assert "holds; says nothing: holds in random 1 of 1</td>" in text


def test_the_scorecard_stands_by_section_with_reasons_and_commands(text):
    headings = re.findall(r"<h3>(Function|Controls|Implementation|Usage)</h3>", text)
    assert headings == ["Function", "Controls", "Implementation"]
    assert "Measured: what is measured. Limit: a limit (why there)." in text
    assert "<code>snakemake results/planted/tables/example_sides.tsv --config network=planted</code>" in text


@pytest.mark.parametrize(
    ("verdicts", "empty", "sentence"),
    [
        ("hh", 0, "All 2 claims put into numbers hold."),
        ("hf", 0, "1 of 2 claims put into numbers hold."),
        ("hh", 1, "All 2 claims put into numbers hold. 1 of these says nothing: it holds on destroyed weights too."),
        ("hhf", 2, "2 of 3 claims put into numbers hold. 2 of these say nothing: they hold on destroyed weights too."),
    ],
)
def test_the_sentence_on_all_claims(verdicts, empty, sentence):
    rows = [
        {"verdict": "holds" if word == "h" else "fails", "says_nothing": "random 1 of 1" if index < empty else ""}
        for index, word in enumerate(verdicts)
    ]
    assert page.Claims(rows).sentence() == sentence


def test_every_beginning_of_a_claim_is_one_of_the_scorecard():
    modules = ("detector_claims", "downstream_claims", "universality", "../pictures/further_claims")
    modules += ("../experiments/uniqueness/claims", "../experiments/construction/claims")
    modules += ("../experiments/equivariance/claims", "../experiments/focus/claims")
    modules += ("../experiments/boundaries/claims", "../experiments/surgery/claims")
    source = "".join((REPOSITORY / f"src/highlow/circuits/{name}.py").read_text() for name in modules)
    source += " ".join(f"response to {words}" for _, words, *_ in detector_claims.CONTROL_CLAIMS)
    source += "response to uniform texture"
    content = page.content()
    beginnings = {
        item for part in content["sections"] for words in part["figures"].values() for item in words.get("claims", ())
    }
    files = ("page_text.yaml", "page_experiments.yaml")
    text = "".join((REPOSITORY / "src/highlow/figures" / name).read_text() for name in files)
    for arguments in re.findall(r"(?:all_hold|some_fail)\(([^)]*)\)", text):
        beginnings |= set(re.findall(r'"([^"]+)"', arguments))
    assert len(beginnings) > 10
    assert [item for item in beginnings if item not in source] == []


@pytest.mark.parametrize(
    ("value", "expected"),
    [
        (3, "3"),
        (-0.99756, "−0.998"),
        (0.0, "0"),
        (12345.6, "12346"),
        (float("nan"), "not measurable"),
        (None, "not measurable"),
        (True, "yes"),
        ([1, 2.5], "1, 2.5"),
        ([], "none"),
        (list(range(10)), "0, 1, 2, 3, 4, 5, 6, 7, … (10)"),
        ("double_boundary", "double boundary"),
        ("conv_4", "conv_4"),
    ],
)
def test_numbers_are_written_for_reading(value, expected):
    assert page_numbers.written(value) == expected


def test_summaries_become_words_and_numbers():
    summary = {"maxpool1": {"hf_lf_map_correlation": -0.5, "median_gap_deg": 2.0}, "table": [{"a": 1}], "units": [7]}
    assert page_numbers.listed(summary, {"maxpool1": "conv2d2"}) == [
        ("conv2d2: HF LF map correlation", "−0.5"),
        ("conv2d2: median gap (°)", "2"),
        ("units", "7"),
    ]
    assert len(page_numbers.listed({str(key): key for key in range(40)}, {})) == page_numbers.MOST_NUMBERS


def test_numbers_are_said_with_their_interval():
    summary = {"difference": [0.3149, -0.1849, 0.4261], "units": 9, "pair": [1.0, 2.0], "nothing": None}
    assert page_numbers.said(summary, ("difference",)) == "0.315 (−0.185 to 0.426)"
    assert page_numbers.said(summary, ("units",)) == "9"
    assert [page_numbers.said(summary, (key,)) for key in ("pair", "nothing", "absent")] == ["", "", ""]


def test_a_figure_says_its_numbers_in_sentences_or_lists_them(tmp_path):
    counts = {"planted": 8, "found": 7, "not_planted": 0}
    names = ("planted_ground_truth", "fig99_unheard_of")
    text = article_page.render(tmp_path, names=names, summaries={"planted_ground_truth": counts})
    assert "Of <b>8</b> planted detectors <b>7</b> were found; <b>0</b> units" in " ".join(text.split())
    assert text.count('<dl class="numbers"') == 1  # of the other
    assert '<dl class="numbers"' in article_page.render(tmp_path, names=("planted_ground_truth",))  # other numbers


def test_numbers_are_found_in_summaries():
    summary = {"interval": [0.1, 0.5], "share": {"difference": 0.2}, "name": "a", "nothing": None}
    assert page_numbers.found(summary, ("interval", 1)) == 0.5
    assert page_numbers.found(summary, ("share", "difference")) == 0.2
    for path in (("interval", 2), ("share", "ratio"), ("name",), ("nothing",), ("share",), ("interval", 0, 0)):
        assert page_numbers.found(summary, path) is None


@pytest.mark.parametrize(("low", "said"), [(0.1, "more alike than"), (-0.1, "not measurably more alike")])
def test_text_follows_the_numbers_of_a_figure(tmp_path, low, said):
    summary = {"figx_polarity_invariance": {"interval": [low, 0.5]}}
    text = article_page.render(tmp_path, names=("figx_polarity_invariance",), summaries=summary)
    assert said in " ".join(text.split())


def test_a_table_without_words_is_refused(tmp_path):
    with pytest.raises(HighlowError, match="no place for this table"):
        article_page.render(tmp_path, names=("fig03_tuning",), tables=("detectors",))


def test_registered_networks_can_all_have_a_page(tmp_path):
    for name in registry.shipped():
        assert "<h1>" in article_page.render(tmp_path, names=("fig03_tuning",), network=name)


def test_weights_that_no_hash_told_are_said_to_be_so(tmp_path):
    weights = {"file": "InceptionV1.pb", "sha256": "0" * 64, "accepted_by": "published ranges"}
    warned = article_page.render(tmp_path, weights=weights)
    assert "No hash is published for the weight file InceptionV1.pb" in warned
    assert "No hash is published" not in article_page.render(tmp_path, weights=weights | {"accepted_by": "sha256"})
