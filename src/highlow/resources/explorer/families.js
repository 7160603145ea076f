// The stimuli by family, drawn here by their formulas.
"use strict";

function familiesPart() {
  const { h, canvas } = highlow.elements;
  const { plain, degrees } = highlow.numbers;
  const WORDS = {
    high_low: ["High-low", "The article's stimuli: a fine plaid beside a coarse one. Down the rows their frequency ratio grows, along them the orientation turns."],
    high_low_balanced: ["Balanced", "The same boundary between two noises of equal brightness and contrast: nothing but the frequency differs."],
    uniform: ["Uniform", "The article's textures of one frequency, for the responses of the factors."],
    uniform_plaid: ["Uniform plaids", "Either side of a high-low stimulus over the whole field."],
    grating: ["Gratings", "Gratings over the whole field."],
    luminance_edge: ["Luminance edges", "A bright beside a dark half."],
    colour_edge: ["Colour edges", "Two colours of the same brightness."],
    contrast_edge: ["Contrast edges", "A plaid beside a blank half: a boundary without two frequencies."],
  };
  const [ROWS, COLUMNS, TILE] = [6, 12, 60];

  /** @param {string} axis @param {number} value */
  const named = (axis, value) => (["orientation", "rotation"].includes(axis) ? degrees(value) : axis === "ratio" ? `ρ ${plain(value, 2)}` : axis === "wavelength" ? `${plain(value, 2)} px` : axis === "pair" ? ["red, green", "blue, yellow"][value] : plain(value, 2));

  /** @param {any[]} values @param {number} most */
  const some = (values, most) => values.filter((_, index) => index % Math.ceil(values.length / most) === 0);

  /** @param {any} site @param {string} asked */
  function view(site, asked) {
    const known = Object.keys(WORDS).filter((name) => name in site.families);
    const name = known.includes(asked) ? asked : known[0];
    const family = site.families[name];
    const axes = Object.keys(family.axes).slice(0, -1);
    const last = Object.keys(family.axes).slice(-1)[0];
    const [first, second] = axes.length > 1 ? axes : [null, axes[0]];
    const turns = family.axes[second];
    const open = turns[turns.length - 1] - turns[0] >= 360 ? turns.slice(0, -1) : turns;
    const rows = first ? some(family.axes[first], ROWS) : [null];
    const columns = some(open, COLUMNS);
    const size = family.parameters.pattern_size ? Math.round(family.parameters.pattern_size.values[0]) : TILE;
    const [title, text] = WORDS[/** @type {keyof typeof WORDS} */ (name)];
    const article = h("article", { class: "families" }, h("h1", { tabindex: -1 }, "Stimuli"),
      h("nav", { class: "choices", "aria-label": "Families" }, known.map((item) => h("a", { href: highlow.state.address(["stimuli", item]), "aria-current": item === name ? "page" : null }, WORDS[/** @type {keyof typeof WORDS} */ (item)][0]))),
      h("p", { class: "lede" }, text),
      h("div", { class: "table sheet", tabindex: 0, role: "region", "aria-label": `${title}: some of the stimuli` }, h("table", {},
        h("thead", {}, h("tr", {}, h("td", {}), columns.map((value) => h("th", { scope: "col" }, named(second, value))))),
        h("tbody", {}, rows.map((value) => h("tr", {}, h("th", { scope: "row" }, first && value !== null ? named(first, value) : ""),
          columns.map((other) => {
            const at = { [second]: other, ...(first && value !== null ? { [first]: value } : {}) };
            const pixels = highlow.stimuli.rendered(name, highlow.stimuli.given(family, at), TILE, size);
            return h("td", {}, canvas(TILE, TILE, pixels, { "aria-label": `${title}, ${first && value !== null ? `${named(first, value)}, ` : ""}${named(second, other)}` }));
          })))))),
      h("p", { class: "soft" }, `Each is ${size} px of the network's input wide, at ${last} 0. The whole family has ${Object.entries(family.axes).map(([axis, values]) => highlow.numbers.counted(values.length, axis)).join(" × ")}; responses are averaged over the ${last}s.`),
      h("p", { class: "saves" }, highlow.download.canvases(() => Array.from(article.querySelectorAll("tbody tr"), (row) => Array.from(row.querySelectorAll("canvas"))), `stimuli_${name}`, "Save stimuli (PNG)")));
    return article;
  }

  return { view };
}

highlow.families = familiesPart();
