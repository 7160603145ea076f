// All units of a layer: pictures that can be sorted, filtered and searched, beside their map.
"use strict";

function gridPart() {
  const { h, announce } = highlow.elements;
  const { plain, degrees, fixed, percent, counted, side, present } = highlow.numbers;
  const { SORTS, CONTROLS, UPWARDS, sorts, usual, units, kinds, word } = highlow.listing;
  const TILE = 76;
  const SHARES = CONTROLS.concat(["detector_weight_share"]);

  /** @param {string} key @param {number | null} value */
  function shown(key, value) {
    if (!present(value)) return "–";
    if (key === "preferred_orientation_deg") return degrees(value);
    if (SHARES.includes(key)) return percent(value);
    return ["score", "direction_selectivity", "hf_lf_map_correlation"].includes(key) ? fixed(value) : plain(value);
  }

  /** @param {any} layer @param {any} site */
  function sentence(layer, site) {
    const role = site.layers.find((/** @type {any} */ item) => item.name === layer.layer).role;
    const studied = site.layers.find((/** @type {any} */ item) => item.role === "studied").name;
    if (role === "studied") {
      const accepted = layer.columns.is_detector.filter(Boolean).length;
      return `${counted(layer.count, "unit")}, of which ${accepted} ${accepted === 1 ? "is a high-low frequency detector" : "are high-low frequency detectors"}: they answer fine texture on one side and coarse texture on the other.`;
    }
    return role === "source" ? `${counted(layer.count, "unit")} that ${studied} is made from.`
      : `${counted(layer.count, "unit")} that use ${studied}.`;
  }

  /** @param {string} label @param {string} name @param {[string, string][]} choices @param {string} value @param {() => void} changed */
  function choice(label, name, choices, value, changed) {
    const select = h("select", { name, onchange: changed },
      choices.map(([key, text]) => h("option", { value: key, selected: key === value }, text)));
    return h("label", {}, label, select);
  }

  /** @param {any} layer @param {any} site @param {Object<string, string>} query @param {any} app */
  function view(layer, site, query, app) {
    const form = h("form", { class: "filters", role: "search", "aria-label": `Units of ${layer.layer}` });
    const place = h("div", { class: "tiles", role: "list" });
    const said = h("p", { class: "count", role: "status" });
    const polarPlace = h("aside", { class: "map", "aria-label": "Map of the units" });
    let asked = query;

    function drawn() {
      const listed = units(layer, asked);
      const key = asked.sort || usual(layer);
      const values = layer.columns[key];
      const polar = highlow.polar.map(layer, listed, (/** @type {number} */ unit) => app.go([layer.layer, String(unit)], highlow.state.listing(asked)));
      polarPlace.replaceChildren(polar.element, h("p", { class: "saves" }, highlow.download.image(() => polarPlace.querySelector("svg"), `${layer.layer}_map`, "Save map (PNG)")));
      place.replaceChildren(...listed.map((/** @type {number} */ unit) => {
        const text = key === "unit" ? word(layer, unit).replace(/_/g, " ") : shown(key, values[unit]);
        const accepted = layer.columns.is_detector && layer.columns.is_detector[unit];
        return h("div", { role: "listitem" }, h("a", {
          class: accepted ? "tile accepted" : "tile", href: highlow.state.address([layer.layer, String(unit)], highlow.state.listing(asked)), "data-unit": unit,
          onpointerenter: () => polar.mark(unit), onfocus: () => polar.mark(unit), title: described(layer, unit),
        }, highlow.pictures.picture(layer, unit, TILE), h("span", { class: "name" }, String(unit), accepted ? h("span", { class: "hidden" }, " detector") : null), h("span", { class: "value" }, text)));
      }));
      said.textContent = listed.length === layer.count ? `All ${counted(layer.count, "unit")}, by ${SORTS[/** @type {keyof typeof SORTS} */ (key)]}.`
        : `${listed.length} of ${counted(layer.count, "unit")}, by ${SORTS[/** @type {keyof typeof SORTS} */ (key)]}.`;
      if (!listed.length) place.replaceChildren(h("p", {}, "No unit is like that. ", h("a", { href: highlow.state.address([layer.layer]) }, "Show all"), "."));
    }

    function changed() {
      const given = Object.fromEntries(new FormData(form));
      asked = /** @type {Object<string, string>} */ (highlow.state.listing(/** @type {any} */ (given)));
      const key = asked.sort || usual(layer);
      const cleaned = { ...asked, sort: key === usual(layer) ? "" : key, up: (asked.up === "1") === UPWARDS.includes(key) ? "" : asked.up,
        control: asked.most ? asked.control : "" };
      history.replaceState(null, "", highlow.state.address([layer.layer], { ...cleaned, tour: highlow.state.read().query.tour }));
      asked = highlow.state.read().query;
      drawn();
      announce(said.textContent || "");
    }

    const key = query.sort || usual(layer);
    const branches = [...new Set(layer.columns.branch)];
    const sides = /** @type {[string, string][]} */ ([["", "any"], ...[0, 45, 90, 135, 180, 225, 270, 315].map((angle) => [String(angle), `${angle}° (${side(angle)})`])]);
    const controls = CONTROLS.filter((/** @type {string} */ name) => name in layer.columns);
    form.append(...[
      h("label", {}, "Find", h("input", { name: "find", type: "search", value: query.find || "", placeholder: "number, branch or kind", oninput: changed, autocomplete: "off" })),
      choice("Sort by", "sort", /** @type {[string, string][]} */ (sorts(layer)), key, () => { form.elements.up.value = UPWARDS.includes(form.elements.sort.value) ? "1" : "0"; changed(); }),
      choice("Order", "up", [["0", "largest first"], ["1", "smallest first"]], query.up || (UPWARDS.includes(key) ? "1" : "0"), changed),
      branches.length > 1 ? choice("Branch", "branch", [["", "any"], .../** @type {[string, string][]} */ (branches.map((name) => [name, name]))], query.branch || "", changed) : null,
      layer.columns.is_detector ? choice("Verdict", "verdict", [["", "any"], ["1", "detectors"], ["0", "others"]], query.verdict || "", changed) : null,
      kinds(layer).length > 1 ? choice("Kind", "kind", [["", "any"], .../** @type {[string, string][]} */ (kinds(layer).map((/** @type {string} */ name) => [name, name.replace(/_/g, " ")]))], query.kind || "", changed) : null,
      choice("Prefers", "towards", sides, query.towards || "", changed),
      controls.length ? choice("Response to", "control", /** @type {[string, string][]} */ (controls.map((/** @type {string} */ name) => [name, SORTS[/** @type {keyof typeof SORTS} */ (name)].replace("response to ", "")])), query.control || controls[0], changed) : null,
      controls.length ? h("label", {}, "at most, % of its peak", h("input", { name: "most", type: "number", min: 0, max: 500, step: 5, value: query.most || "", placeholder: "any", oninput: changed })) : null,
    ].filter(Boolean));
    form.addEventListener("submit", (/** @type {Event} */ event) => event.preventDefault());
    drawn();
    // On a phone the units come first: what sorts them is folded, unless it is in use.
    const wide = matchMedia("(min-width: 60rem)").matches || Object.keys(query).some((name) => name in highlow.state.listing(query));
    const folded = h("details", { class: "folded", open: wide }, h("summary", {}, "Sort and filter"), form);
    return h("div", { class: "layer" },
      h("header", {}, h("h1", { tabindex: -1 }, layer.layer), h("p", { class: "lede" }, sentence(layer, site))),
      h("div", { class: "layer-body" }, h("div", {}, folded, h("div", { class: "above-tiles" }, said, highlow.download.table(() => rows(layer, units(layer, asked)), `${layer.layer}_units`)), place), polarPlace));
  }

  /** @param {any} layer @param {number} unit */
  function described(layer, unit) {
    const columns = layer.columns;
    const parts = [`${layer.layer} ${unit}`, word(layer, unit).replace(/_/g, " ")];
    if (columns.score) parts.push(`score ${fixed(columns.score[unit])}`);
    if (present(columns.preferred_orientation_deg[unit])) parts.push(`prefers ${degrees(columns.preferred_orientation_deg[unit])}`);
    return parts.filter(Boolean).join(", ");
  }

  /** @param {any} layer @param {number[]} listed */
  function rows(layer, listed) {
    const names = Object.keys(layer.columns);
    return [["layer", "unit", ...names], ...listed.map((unit) => [layer.layer, unit, ...names.map((name) => layer.columns[name][unit])])];
  }

  return { view, described };
}

highlow.grid = gridPart();
