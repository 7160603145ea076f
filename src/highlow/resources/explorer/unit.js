// One unit: its pictures, photographs, tuning, controls, evidence, inputs and users.
"use strict";

function unitPart() {
  const { h } = highlow.elements;
  const { plain, degrees, fixed, percent, side, present } = highlow.numbers;
  const { units, word } = highlow.listing;

  const FAMILIES = {
    uniform: "uniform textures", uniform_plaid: "uniform plaids", grating: "gratings", luminance_edge: "luminance edges",
    colour_edge: "colour edges", contrast_edge: "contrast edges",
  };
  const PARTS = {
    selective: ["selective", "prefers one direction"],
    polar: ["polar", "does not answer the opposite one"],
    control_free: ["control-free", "does not answer textures, gratings and edges"],
    consistent: ["consistent", "prefers the same without cues of brightness"],
    strong: ["strong", "responds strongly for its layer"],
  };
  const CONDITIONS = {
    score: "The score of the responses",
    "factor separation": "The factors differ in frequency by",
    "map correlation": "The HF and LF maps are opposite: correlation",
    antisymmetry: "The maps have two sides: antisymmetry",
    orientation: "Weights and responses point alike: difference",
    "contrast edge": "Response to a contrast edge, in % of the peak",
  };
  const LEAST_SELECTIVE = 0.25; // below it no side is named
  const USES = { boundary: "finds boundaries", double_boundary: "finds double boundaries", center_surround: "compares a centre with its surround", hourglass: "finds hourglasses" };

  /** @param {any} layer @param {number} unit */
  function verdict(layer, unit) {
    const columns = layer.columns;
    const angle = columns.preferred_orientation_deg[unit];
    const selective = columns.direction_selectivity[unit] >= LEAST_SELECTIVE;
    const prefers = present(angle) ? !selective ? "hardly prefers a side" : `prefers fine texture on the ${side(angle)} (${degrees(angle)})` : `does not answer high-low stimuli of the ratios ${highlow.tuning.range(layer)}`;
    if (columns.is_detector) {
      if (columns.is_detector[unit]) return `A high-low frequency detector; it ${prefers}.`;
      const kind = columns.kind && columns.kind[unit] && columns.kind[unit] !== "other" ? ` By its responses to controls it is of the kind: ${columns.kind[unit].replace(/_/g, " ")}.` : "";
      return `No high-low frequency detector; it ${prefers}.${kind}`;
    }
    const use = columns.use && /** @type {any} */ (USES)[columns.use[unit]];
    return use ? `By its weights from the detectors it ${use}; it ${prefers}.` : `It ${prefers}.`;
  }

  /** @param {string} id @param {string} title @param {any} lead @param {...any} children */
  const section = (id, title, lead, ...children) =>
    h("section", { id, "aria-labelledby": `${id}-title` }, h("h2", { id: `${id}-title` }, title), lead ? h("p", { class: "lead" }, lead) : null, ...children);

  /** @param {any} layer @param {number} unit */
  function pictures(layer, unit) {
    const half = Math.floor((document.documentElement.clientWidth - 52) / 2); // two side by side on a phone
    const size = Math.min(224, Math.max(144, 3 * layer.sheet.size), Math.max(half, 120));
    const { picture_response: most, negative_response: least } = layer.columns;
    return section("picture", "Picture", "Made from noise, step by step, so that the unit answers most, and so that it is silenced.",
      h("div", { class: "row" },
        h("figure", { style: `width:${size}px` }, highlow.pictures.picture(layer, unit, size), h("figcaption", {}, `answers most: response ${plain(most[unit])}`)),
        h("figure", { style: `width:${size}px` }, highlow.pictures.picture(layer, unit, size, "negatives"), h("figcaption", {}, `silences it: response ${plain(least[unit])}`))));
  }

  /** @param {any} layer @param {number} unit @param {any} data @param {any} names */
  function photographs(layer, unit, data, names) {
    const shown = data.examples.map((/** @type {any} */ example) =>
      highlow.pictures.photograph(layer, unit, example, names.names[String(example.image)] || "", 112));
    return section("photographs", "Photographs", `The ${shown.length} that it answers most. Left what it sees (${layer.field[unit]} px), right where that lies in the photograph (${layer.image_size} px). Blank is beyond the photograph.`,
      h("div", { class: "examples" }, shown),
      h("p", { class: "saves" }, highlow.download.table(() => exampleRows(layer, unit, data, names), `${layer.layer}_${unit}_photographs`)));
  }

  /** @param {any} layer @param {number} unit @param {any} data @param {any} site */
  function controls(layer, unit, data, site) {
    const peak = layer.columns.peak_response[unit];
    const found = Object.values(data.controls).map((/** @type {any} */ item) => item.response);
    const full = peak > 0 ? peak : Math.max(...found);
    const bars = Object.entries(FAMILIES).filter(([family]) => data.controls[family]).map(([family, text]) => {
      const strongest = data.controls[family];
      const share = peak > 0 ? strongest.response / peak : null;
      const field = layer.field[unit];
      const stimulus = highlow.elements.canvas(field, field, highlow.stimuli.rendered(family,
        highlow.stimuli.given(site.families[family], strongest.at), field), { class: "small-stimulus", "aria-label": `strongest of the ${text}` });
      return highlow.charts.bar({ label: text, share: full > 0 ? strongest.response / full : 0, text: `${plain(strongest.response)}${share === null ? "" : ` (${percent(share)})`}`, before: stimulus, kind: share !== null && share > 0.5 ? "much" : "" });
    });
    const lead = peak > 0 ? `Its strongest response to other stimuli, in % of its peak, ${plain(peak)}: the largest to high-low ones of the ratios ${highlow.tuning.range(layer)}. A full bar is the peak or more; orange is more than half of it.`
      : `Its strongest response to other stimuli. It answers no high-low ones of the ratios ${highlow.tuning.range(layer)}, so a full bar is the largest of these.`;
    return section("controls", "Controls", lead, h("div", { class: "bars" }, bars),
      h("p", { class: "saves" }, highlow.download.table(() => controlRows(layer, unit, data), `${layer.layer}_${unit}_controls`)));
  }

  /** A condition's value or limit, with its unit. @param {any} item @param {number} value */
  function measured(item, value) {
    if (item.unit === "°") return degrees(value);
    if (item.name === "contrast edge") return percent(value);
    return `${fixed(value)}${item.unit ? ` ${item.unit}` : ""}`;
  }

  /** @param {any} layer @param {number} unit @param {any} data */
  function evidence(layer, unit, data) {
    const columns = layer.columns;
    if (!data.conditions.length) return null;
    const parts = Object.entries(PARTS).map(([key, [name, text]]) => highlow.charts.bar({
      label: [h("b", {}, name), h("span", { class: "soft" }, ` ${text}`)], share: columns[key][unit], text: fixed(columns[key][unit]) }));
    const rows = data.conditions.map((/** @type {any} */ item) => h("tr", { class: item.met ? "met" : "missed" },
      h("th", { scope: "row" }, /** @type {any} */ (CONDITIONS)[item.name] || item.name),
      h("td", {}, item.value === null ? "not measured" : measured(item, item.value)),
      h("td", {}, `${item.side === "least" ? "≥" : "≤"}\u00a0${measured(item, item.limit)}`),
      h("td", {}, item.met ? "✓\u00a0met" : "✗\u00a0not\u00a0met")));
    const missed = data.conditions.filter((/** @type {any} */ item) => !item.met).length;
    const lead = missed ? `Not accepted: ${missed} of ${data.conditions.length} conditions ${missed === 1 ? "is" : "are"} not met.` : `Accepted: all ${data.conditions.length} conditions are met.`;
    const maps = Object.keys(data.maps).length ? h("div", {}, h("h3", {}, "Weights on the two factors"),
      h("p", { class: "lead" }, `The weights point to ${degrees(columns.weight_orientation_deg[unit])}, the responses to ${present(columns.preferred_orientation_deg[unit]) ? degrees(columns.preferred_orientation_deg[unit]) : "no side"}.`),
      h("div", { class: "row wrap" }, highlow.wiring.factorMaps(data.maps)))
      : h("p", { class: "soft" }, "The weights of this branch were not factorized.");
    return section("evidence", "Evidence", lead,
      h("div", { class: "table" }, h("table", { class: "evidence" }, h("thead", {}, h("tr", {}, ["Condition", "Value", "Limit", "Verdict"].map((text) => h("th", { scope: "col" }, text)))), h("tbody", {}, rows))),
      h("h3", {}, `Score ${fixed(columns.score[unit])}: the geometric mean of five parts`), h("div", { class: "bars" }, parts), maps,
      h("p", { class: "saves" }, highlow.download.table(() => evidenceRows(layer, unit, data), `${layer.layer}_${unit}_evidence`)));
  }

  /** @param {any} layer @param {number} unit @param {any} data */
  function surfaceRows(layer, unit, data) {
    const { values } = highlow.unpacked(data.surface);
    const rows = [["layer", "unit", "orientation_deg", "ratio", "response"]];
    layer.ratios.forEach((/** @type {number} */ ratio, /** @type {number} */ row) => layer.orientations.forEach((/** @type {number} */ angle, /** @type {number} */ column) =>
      rows.push([layer.layer, unit, angle, ratio, Number(values[row * layer.orientations.length + column].toPrecision(9))])));
    return rows;
  }

  /** @param {any} layer @param {number} unit @param {any} data @param {any} site @param {any} names @param {Map<string, any>} layers @param {Object<string, string>} query @param {any} app */
  function view(layer, unit, data, site, names, layers, query, app) {
    const listing = highlow.state.listing(query);
    const listed = units(layer, query);
    const place = listed.indexOf(unit);
    const step = (/** @type {number} */ by) => {
      const next = listed.length ? listed[(Math.max(place, 0) + by + listed.length) % listed.length] : unit;
      return highlow.state.address([layer.layer, String(next)], listing);
    };
    const left = h("span", { class: "soft", role: "status" });
    const chosen = app.compared().includes(`${layer.layer}:${unit}`);
    const add = h("button", { type: "button", "aria-pressed": String(chosen), onclick: () => {
      const now = app.toggle(`${layer.layer}:${unit}`);
      add.setAttribute("aria-pressed", String(now));
      add.textContent = now ? "In the comparison ✓" : "Add to comparison";
      left.textContent = app.left() ? `Six at most: ${app.left().replace(":", " ")} was taken out.` : "";
    } }, chosen ? "In the comparison ✓" : "Add to comparison");
    const stem = `${layer.layer}_${unit}`;
    const tuning = highlow.tuning.panel(layer, unit, data, site, query);
    const kind = word(layer, unit);
    const score = layer.columns.score ? `score ${fixed(layer.columns.score[unit])}` : null;
    const facts = [layer.columns.branch[unit] === layer.layer ? null : `${layer.columns.branch[unit]} branch`, `sees ${layer.field[unit]} × ${layer.field[unit]} px`, `direction selectivity ${fixed(layer.columns.direction_selectivity[unit])}`, score, kind && kind !== "other" && kind !== "detector" ? `${layer.columns.is_detector ? "kind" : "use"}: ${kind.replace(/_/g, " ")}` : null].filter(Boolean).join(" · ");
    return h("article", { class: "unit" },
      h("header", {},
        h("nav", { class: "steps", "aria-label": "Neighbouring units" },
          h("a", { href: highlow.state.address([layer.layer], listing) }, `All of ${layer.layer}`),
          h("a", { href: step(-1), rel: "prev", class: "step", "aria-keyshortcuts": "ArrowLeft" }, "← Previous"),
          h("a", { href: step(1), rel: "next", class: "step", "aria-keyshortcuts": "ArrowRight" }, "Next →"),
          place >= 0 ? h("span", { class: "soft" }, `${place + 1} of ${listed.length}`) : null),
        h("h1", { tabindex: -1 }, `${layer.layer} ${unit}`), h("p", { class: "soft facts-line" }, facts), h("p", { class: "lede" }, verdict(layer, unit)), h("p", { class: "add" }, add, left)),
      h("div", { class: "pair" }, pictures(layer, unit), controls(layer, unit, data, site)),
      section("tuning", "Tuning", "What it answers to the article's stimuli: fine texture beside coarse texture. The peak and the preferred orientation are those between the dashed lines: below, both sides look alike; above, the fine one is too fine for pixels.", tuning,
        h("p", { class: "saves" }, highlow.download.image(() => tuning.querySelector("svg"), `${stem}_tuning`, "Save map (PNG)"), highlow.download.image(() => tuning.querySelector(".tuning-curve svg"), `${stem}_orientation`, "Save curve (PNG)"), highlow.download.image(() => tuning.querySelector("canvas.stimulus"), `${stem}_stimulus`, "Save stimulus (PNG)"),
          highlow.download.table(() => surfaceRows(layer, unit, data), `${stem}_tuning`))),
      evidence(layer, unit, data),
      photographs(layer, unit, data, names),
      data.inputs.length ? section("inputs", "Strongest inputs", "Maps of the weights from earlier units, all of a group on one scale.", highlow.wiring.groups(data.inputs, "From", layers, query, stem)) : null,
      data.users.length ? section("users", "Strongest users", "Maps of the weights of later units on this one, all of a group on one scale.", highlow.wiring.groups(data.users, "In", layers, query, stem)) : null,
      data.inputs.length || data.users.length ? h("p", { class: "saves" }, highlow.download.table(() => connectionRows(layer, unit, data), `${stem}_connections`, "Save inputs and users (TSV)")) : null);
  }

  /** @param {any} layer @param {number} unit @param {any} data */
  function controlRows(layer, unit, data) {
    const peak = layer.columns.peak_response[unit];
    const rows = [["layer", "unit", "family", "response", "share_of_peak", "stimulus"]];
    for (const family of Object.keys(FAMILIES).filter((name) => data.controls[name])) {
      const { response, at } = data.controls[family];
      rows.push([layer.layer, unit, family, response, peak > 0 ? response / peak : null, Object.entries(at).map(([axis, value]) => `${axis}=${value}`).join(" ")]);
    }
    return rows;
  }

  /** @param {any} layer @param {number} unit @param {any} data */
  function evidenceRows(layer, unit, data) {
    const rows = [["layer", "unit", "condition", "value", "side", "limit", "unit_of_value", "met"]];
    for (const item of data.conditions) rows.push([layer.layer, unit, item.name, item.value, item.side, item.limit, item.unit, Number(item.met)]);
    for (const part of Object.keys(PARTS)) rows.push([layer.layer, unit, `score part: ${part}`, layer.columns[part][unit], null, null, null, null]);
    return rows;
  }

  /** @param {any} layer @param {number} unit @param {any} data @param {any} names */
  function exampleRows(layer, unit, data, names) {
    return [["layer", "unit", "rank", "image", "name", "response", "top_px", "left_px", "size_px"],
      ...data.examples.map((/** @type {any} */ item, /** @type {number} */ index) =>
        [layer.layer, unit, index + 1, item.image, names.names[String(item.image)] || "", item.response, item.top, item.left, layer.field[unit]])];
  }

  /** @param {any} layer @param {number} unit @param {any} data */
  function connectionRows(layer, unit, data) {
    const rows = [["layer", "unit", "side", "through", "other_layer", "other_unit", "norm"]];
    for (const kind of ["inputs", "users"]) {
      for (const group of data[kind]) for (const item of group.units) rows.push([layer.layer, unit, kind, group.through, item.layer, item.unit, item.norm]);
    }
    return rows;
  }

  return { view, verdict, FAMILIES };
}

highlow.unit_view = unitPart();
