// Two to six units side by side: everything that is compared is on one scale.
"use strict";

function comparePart() {
  const { h } = highlow.elements;
  const { plain, degrees, fixed, percent, present } = highlow.numbers;
  const MOST = 6;
  const ROWS = /** @type {[string, string, (value: any) => string][]} */ ([
    ["score", "score", fixed], ["preferred_orientation_deg", "preferred orientation", degrees], ["direction_selectivity", "direction selectivity", fixed],
    ["polarity_ratio", "response to the opposite orientation", percent], ["peak_response", "peak response", plain], ["width_deg", "width at half height", degrees],
    ["weight_orientation_deg", "orientation by the weights", degrees], ["hf_lf_map_correlation", "correlation of HF and LF maps", fixed],
    ["uniform_response", "response to uniform textures", percent], ["grating_response", "response to gratings", percent], ["luminance_edge_response", "response to luminance edges", percent],
    ["colour_edge_response", "response to colour edges", percent], ["contrast_edge_response", "response to contrast edges", percent],
  ]);

  /** @param {{layer: any, unit: number, data: any}[]} chosen @param {any} app */
  function view(chosen, app) {
    if (chosen.length < 2) {
      return h("article", {}, h("h1", { tabindex: -1 }, "Compare"),
        h("p", { class: "lede" }, `${chosen.length ? "One unit is chosen. Choose another" : "Choose two"} to six: open a unit and press “Add to comparison”.`),
        chosen.map((item) => h("p", {}, h("a", { href: highlow.state.address([item.layer.layer, String(item.unit)]) }, `${item.layer.layer} ${item.unit}`))));
    }
    const surfaces = chosen.map((item) => highlow.unpacked(item.data.surface).values);
    const largest = highlow.pictures.largest(surfaces);
    const columns = chosen.map((item, index) => {
      const { layer, unit } = item;
      const map = h("div", { class: "surface" });
      highlow.charts.responsive(map, (/** @type {number} */ width) => highlow.tuning.surface(layer, surfaces[index], largest, width).svg);
      const curve = h("div", {});
      const row = highlow.stimuli.nearest(layer.ratios, Math.min(4, layer.pattern_size / 8));
      const values = surfaces[index].slice(row * layer.orientations.length, (row + 1) * layer.orientations.length);
      highlow.charts.responsive(curve, (/** @type {number} */ width) => highlow.charts.orientationCurve({ width, height: 150, largest, orientations: layer.orientations,
        curves: [{ values, name: "high-low stimuli", kind: "main" }], label: `${layer.layer} ${unit}: response over orientation at ratio ${plain(layer.ratios[row])}` }));
      return h("section", { class: "compared", "aria-label": `${layer.layer} ${unit}` },
        h("h2", {}, h("a", { href: highlow.state.address([layer.layer, String(unit)]) }, `${layer.layer} ${unit}`)),
        highlow.pictures.picture(layer, unit, 128), map, curve,
        h("button", { type: "button", onclick: () => { app.toggle(`${layer.layer}:${unit}`); app.showCompared(); } }, `Take out ${layer.layer} ${unit}`));
    });
    const cell = (/** @type {any} */ item, /** @type {string} */ key, /** @type {any} */ form) => {
      const value = item.layer.columns[key] && item.layer.columns[key][item.unit];
      return present(value) ? form(value) : "–";
    };
    const rows = ROWS.filter(([key]) => chosen.some((item) => key in item.layer.columns));
    const raw = () => [["measure", ...chosen.map((item) => `${item.layer.layer} ${item.unit}`)],
      ...rows.map(([key]) => [key, ...chosen.map((item) => item.layer.columns[key] && item.layer.columns[key][item.unit])])];
    return h("article", { class: "compare" }, h("h1", { tabindex: -1 }, `${chosen.length} units side by side`),
      h("p", { class: "lede" }, `All maps have one colour scale, and all curves one height: 0 to ${plain(largest)}. The curves are at the ratio nearest to 4.`),
      highlow.charts.colourBar(highlow.colours.responseGradient, "0", plain(largest), "response, mean over phases"),
      h("div", { class: "compared-all", style: `--most: ${chosen.length > 4 || chosen.length === 3 ? 3 : chosen.length}` }, columns),
      h("h2", {}, "Numbers"),
      h("div", { class: "table", tabindex: 0, role: "region", "aria-label": "Numbers side by side" }, h("table", {},
        h("thead", {}, h("tr", {}, h("th", { scope: "col" }, "Measure"), chosen.map((item) => h("th", { scope: "col" }, `${item.layer.layer} ${item.unit}`)))),
        h("tbody", {}, rows.map(([key, text, form]) => h("tr", {}, h("th", { scope: "row" }, text), chosen.map((item) => h("td", {}, cell(item, key, form)))))))),
      h("p", { class: "soft" }, `The peak is the largest response to high-low stimuli of the ratios ${highlow.tuning.range(chosen[0].layer)}, between the dashed lines. Responses in % are shares of it.`),
      h("p", { class: "saves" }, highlow.download.table(raw, "comparison")));
  }

  return { view, MOST };
}

highlow.compare = comparePart();
