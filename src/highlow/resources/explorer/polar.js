// A map of all units: the direction from the middle is the preferred orientation, the distance is the score.
"use strict";

function polarPart() {
  const { h, s, announce } = highlow.elements;
  const { degrees, fixed, side } = highlow.numbers;
  const SIZE = 340;
  const RADIUS = 140;

  /**
   * @param {any} layer @param {number[]} listed @param {(unit: number) => void} choose
   */
  function map(layer, listed, choose) {
    const columns = layer.columns;
    const radius = columns.score || columns.direction_selectivity;
    const measure = columns.score ? "score" : "direction selectivity";
    const middle = SIZE / 2;
    const point = (/** @type {number} */ unit) => {
      const angle = (columns.preferred_orientation_deg[unit] * Math.PI) / 180;
      return [middle + RADIUS * radius[unit] * Math.cos(angle), middle + RADIUS * radius[unit] * Math.sin(angle)];
    };
    const drawn = listed.filter((unit) => columns.preferred_orientation_deg[unit] !== null && radius[unit] !== null);
    const svg = s("svg", { viewBox: `0 0 ${SIZE} ${SIZE}`, class: "polar", tabindex: 0, role: "img",
      "aria-label": `Map of ${drawn.length} units: direction is the preferred orientation, distance the ${measure}. Arrow keys walk around it, Enter opens a unit.` });
    for (const share of [0.25, 0.5, 0.75, 1]) {
      svg.append(s("circle", { cx: middle, cy: middle, r: RADIUS * share, class: "ring" }));
      svg.append(s("text", { x: middle + 3, y: middle - RADIUS * share - 3, class: "ring-text" }, String(share)));
    }
    for (const [angle, x, y, anchor] of [[0, SIZE - 2, middle + 4, "end"], [90, middle, SIZE - 4, "middle"], [180, 2, middle + 4, "start"], [270, middle, 12, "middle"]]) {
      svg.append(s("text", { x, y, "text-anchor": anchor, class: "axis" }, `${angle}°`));
    }
    const meaning = `Direction: where a unit prefers fine texture. Distance: ${measure}, 0 to 1.`;
    const said = h("p", { class: "soft polar-said" }, meaning);
    const key = columns.is_detector ? h("p", { class: "key polar-key" }, h("span", {}, h("i", { class: "disc accepted" }), "detector"), h("span", {}, h("i", { class: "disc" }), "other unit")) : null;
    /** @type {Map<number, SVGElement>} */
    const dots = new Map();
    // Accepted ones last, so that nothing hides them.
    const order = [...drawn].sort((a, b) => ((columns.is_detector || [])[a] || 0) - ((columns.is_detector || [])[b] || 0));
    for (const unit of order) {
      const [cx, cy] = point(unit);
      const accepted = columns.is_detector && columns.is_detector[unit];
      const dot = s("circle", { cx, cy, r: accepted ? 6 : 4, class: accepted ? "dot accepted" : "dot", "data-unit": unit });
      dots.set(unit, dot);
      svg.append(dot);
    }
    let current = -1;
    function mark(/** @type {number} */ unit) {
      if (dots.has(current)) /** @type {any} */ (dots.get(current)).classList.remove("here");
      current = unit;
      if (!dots.has(unit)) {
        said.textContent = meaning;
        return;
      }
      /** @type {any} */ (dots.get(unit)).classList.add("here");
      said.textContent = `${layer.layer} ${unit}: fine texture ${side(columns.preferred_orientation_deg[unit])} (${degrees(columns.preferred_orientation_deg[unit])}), ${measure} ${fixed(radius[unit])}${columns.is_detector && columns.is_detector[unit] ? ", a detector" : ""}.`;
    }
    const nearestTo = (/** @type {PointerEvent} */ event) => {
      const bounds = svg.getBoundingClientRect();
      const x = ((event.clientX - bounds.left) / bounds.width) * SIZE;
      const y = ((event.clientY - bounds.top) / bounds.height) * SIZE;
      let best = -1;
      let least = 14;
      for (const unit of order) {
        const [cx, cy] = point(unit);
        const distance = Math.hypot(cx - x, cy - y) - (columns.is_detector && columns.is_detector[unit] ? 2 : 0);
        if (distance <= least) [best, least] = [unit, distance];
      }
      return best;
    };
    svg.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => mark(nearestTo(event)));
    svg.addEventListener("click", (/** @type {PointerEvent} */ event) => {
      const unit = nearestTo(event);
      if (unit >= 0) choose(unit);
    });
    const around = [...drawn].sort((a, b) => columns.preferred_orientation_deg[a] - columns.preferred_orientation_deg[b]);
    svg.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const step = { ArrowRight: 1, ArrowDown: 1, ArrowLeft: -1, ArrowUp: -1 }[event.key];
      if (step && around.length) {
        const place = around.indexOf(current);
        mark(around[(place + step + around.length) % around.length]);
        announce(said.textContent || "");
      } else if (event.key === "Enter" && current >= 0) choose(current);
      else return;
      event.preventDefault();
      event.stopPropagation();
    });
    return { element: h("div", { class: "polar-place" }, svg, key, said), mark };
  }

  return { map };
}

highlow.polar = polarPart();
