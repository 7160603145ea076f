// A short tour: five sentences, each beside what it speaks of.
"use strict";

function tourPart() {
  const { h } = highlow.elements;

  /** @param {any} layer data of the studied layer */
  function steps(layer) {
    const best = highlow.listing.units(layer, {})[0];
    const unit = [layer.layer, String(best)];
    return [
      { path: [layer.layer], text: `Every tile is one unit of ${layer.layer}: one of the ${layer.count} things that this layer looks for. Its picture shows what it answers most.`, near: ".tiles" },
      { path: [layer.layer], text: "On this map a unit lies in the direction on which it prefers fine texture, the farther out the better it fits a high-low frequency detector.", near: ".map" },
      { path: unit, text: "This is the best of them. The picture was made from noise so that the unit answers most: see where it is fine, and where it is smooth.", near: "#picture" },
      { path: unit, text: "Drag over the map, or drag the stimulus: it is drawn here by the formula with which the responses were measured.", near: "#tuning" },
      { path: unit, text: "And this is what it is made of: weights from earlier units, red where they excite and blue where they inhibit. Follow one by its link.", near: "#inputs" },
    ];
  }

  /** @param {any} layer @param {number} number from 1 @param {any} app */
  function panel(layer, number, app) {
    const all = steps(layer);
    const step = all[Math.min(Math.max(number, 1), all.length) - 1];
    const to = (/** @type {number} */ other) => highlow.state.address(all[other - 1].path, { tour: other });
    const place = document.querySelector(step.near);
    // What is taller than the window is shown from its top.
    if (place) place.scrollIntoView({ block: place.clientHeight > window.innerHeight / 2 ? "start" : "center" });
    return h("aside", { class: "tour", "aria-label": "Tour" },
      h("p", {}, step.text),
      h("p", { class: "tour-steps" }, h("span", { class: "soft" }, `${number} of ${all.length}`),
        number > 1 ? h("a", { href: to(number - 1) }, "Back") : null,
        number < all.length ? h("a", { href: to(number + 1) }, "Next") : null,
        h("button", { type: "button", onclick: () => app.endTour() }, number < all.length ? "End" : "Done")));
  }

  return { panel, steps };
}

highlow.tour = tourPart();
