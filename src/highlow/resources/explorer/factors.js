// The HF and LF factors: weighted sums of the channels of an earlier layer.
"use strict";

function factorsPart() {
  const { h } = highlow.elements;
  const { plain, percent, fixed, counted } = highlow.numbers;
  const FULL = { HF: "High-frequency factor", LF: "Low-frequency factor" };

  /** @param {any} path @param {Map<string, any>} layers */
  function factor(path, layers) {
    const layer = layers.get(path.shown);
    const most = Math.max(...path.factors.map((/** @type {any} */ item) => item.weights[0]));
    return path.factors.map((/** @type {any} */ item) => {
      const wavelength = 2 ** item.centroid_octaves;
      return h("section", { class: `factor ${item.name}`, "aria-label": FULL[/** @type {"HF" | "LF"} */ (item.name)] },
        h("h2", {}, FULL[/** @type {"HF" | "LF"} */ (item.name)]),
        h("p", { class: "lead" }, item.centroid_octaves === null ? "" : `The textures that it answers have a wavelength of about ${plain(wavelength, 2)} px.`),
        item.picture ? h("figure", {}, h("img", { src: `page/${encodeURIComponent(item.picture)}`, alt: `picture of the ${FULL[/** @type {"HF" | "LF"} */ (item.name)]}`, width: 128, height: 128, class: "pixels" })) : null,
        h("ol", { class: "sum" }, item.channels.map((/** @type {number} */ channel, /** @type {number} */ index) =>
          h("li", {}, h("a", { href: highlow.state.address([path.shown, String(channel)]) },
            layer ? highlow.pictures.picture(layer, channel, 56) : null,
            h("span", { class: "name" }, String(channel)),
            h("span", { class: "bar-track", "aria-hidden": "true" }, h("span", { class: "bar-fill", style: `width:${((100 * item.weights[index]) / most).toFixed(1)}%` })),
            h("span", { class: "soft" }, `× ${fixed(item.weights[index])}`))))));
    });
  }

  /** @param {any} site @param {Map<string, any>} layers @param {string} asked */
  function view(site, layers, asked) {
    const path = site.factors.find((/** @type {any} */ item) => `${item.source}_to_${item.target}` === asked) || site.factors[0];
    const rows = [["path", "factor", "channel", "weight", "share_of_square"]];
    for (const item of path.factors) {
      item.channels.forEach((/** @type {number} */ channel, /** @type {number} */ index) => rows.push([`${path.source}_to_${path.target}`, item.name, channel, item.weights[index], item.share[index]]));
    }
    return h("article", { class: "factors" }, h("h1", { tabindex: -1 }, "Factors"),
      h("p", { class: "lede" }, `Two sums of channels that describe the weights to ${path.target} best: one answers fine textures, the other coarse ones.`),
      h("nav", { class: "choices", "aria-label": "Paths" }, site.factors.map((/** @type {any} */ item) => h("a", {
        href: highlow.state.address(["factors", `${item.source}_to_${item.target}`]), "aria-current": item === path ? "page" : null }, `${item.source} → ${item.target}`))),
      h("p", { class: "fitted" }, `Fitted on the weights of ${counted(path.fitted_on.length, "unit")} of ${path.target}: `,
        path.fitted_on.map((/** @type {number} */ unit, /** @type {number} */ index) => [index ? ", " : "", h("a", { href: highlow.state.address([path.target, String(unit)]) }, String(unit))]), "."),
      h("p", {}, `The two explain ${percent(path.explained[0])} of their squares; no two could explain more than ${percent(path.explained[1])}. `,
        path.separation_octaves === null ? "" : `The two lie ${fixed(path.separation_octaves)} octaves apart.`),
      h("div", { class: "pair" }, factor(path, layers)),
      h("p", { class: "soft" }, "The number behind × is the channel's weight in its sum; the squares of all weights of a sum add up to 1. The bars of both sums have one scale. The strongest channels are shown."),
      h("p", { class: "saves" }, highlow.download.table(() => rows, `factors_${path.source}_to_${path.target}`)));
  }

  return { view };
}

highlow.factors = factorsPart();
