// Responses over orientation and ratio: the pointer reads, dragging draws the stimulus itself and marks its response.
"use strict";

function tuningPart() {
  const { h, s, paint, announce } = highlow.elements;
  const { plain, degrees, percent, side, counted } = highlow.numbers;
  const SMALLEST_RATIO = 2.5;

  /** Where a ratio lies on the axis, 0 to 1: each measured ratio in the middle of its row. @param {number[]} ratios @param {number} ratio */
  function height(ratios, ratio) {
    const share = Math.log(ratio / ratios[0]) / Math.log(ratios[ratios.length - 1] / ratios[0]);
    return (share * (ratios.length - 1) + 0.5) / ratios.length;
  }

  /**
   * The surface as an SVG; `largest` is the end of its colour scale.
   * @param {any} layer @param {Float32Array} values (ratio, orientation) @param {number} largest @param {number} width
   */
  function surface(layer, values, largest, width) {
    const { ratios, orientations } = layer;
    const ticks = [1, 2, 3, 5, 10].map((ratio) => ({ at: height(ratios, ratio), text: String(ratio) }));
    const angles = [0, 90, 180, 270].map((angle) => ({ at: angle / 360 + 0.5 / orientations.length, text: `${angle}°` }));
    const { svg, plot, x, y } = highlow.charts.frame({
      width, height: Math.round(Math.min(0.55 * width, 300)), xTicks: angles, yTicks: ticks,
      label: `Responses over orientation and ratio, 0 to ${plain(largest)}`,
      xLabel: "orientation of the high-frequency side", yLabel: "frequency ratio ρ",
    });
    const [rows, columns] = [ratios.length, orientations.length];
    const data = new Uint8ClampedArray(4 * rows * columns);
    for (let row = 0; row < rows; row += 1) {
      for (let column = 0; column < columns; column += 1) {
        const [red, green, blue] = highlow.colours.response(values[row * columns + column], largest);
        data.set([Math.round(red), Math.round(green), Math.round(blue), 255], 4 * ((rows - 1 - row) * columns + column));
      }
    }
    const image = highlow.elements.canvas(columns, rows, data).toDataURL();
    plot.append(s("image", { href: image, x: x(0), y: y(1), width: x(1) - x(0), height: y(0) - y(1), preserveAspectRatio: "none", class: "pixels" }));
    for (const [ratio, kind] of [[SMALLEST_RATIO, "from"], [layer.pattern_size / 8, "to"]]) {
      const at = height(ratios, Number(ratio));
      if (at > 0 && at < 1) plot.append(s("line", { x1: x(0), x2: x(1), y1: y(at), y2: y(at), class: `counted ${kind}` }));
    }
    return { svg, plot, x, y };
  }

  /**
   * The whole panel.
   * @param {any} layer @param {number} unit @param {any} data of the unit @param {any} site
   * @param {{o?: string, r?: string}} asked
   */
  function panel(layer, unit, data, site, asked) {
    const { ratios, orientations } = layer;
    const { values } = highlow.unpacked(data.surface);
    const balanced = data.balanced ? highlow.unpacked(data.balanced).values : null;
    const peak = highlow.pictures.largest([values]);
    const preferred = layer.columns.preferred_orientation_deg[unit];
    const nearest = highlow.stimuli.nearest;
    const turned = (/** @type {number} */ angle) => nearest([...orientations, 360], ((angle % 360) + 360) % 360) % orientations.length;
    const at = {
      column: asked.o ? turned(Number(asked.o)) : turned(preferred || 0),
      row: nearest(ratios, asked.r ? Number(asked.r) : Math.min(4, layer.pattern_size / 8)),
    };
    const field = layer.field[unit];
    const pixels = h("canvas", { width: field, height: field, class: "stimulus", tabindex: 0, role: "slider",
      "aria-label": "Stimulus: arrow keys turn it and change the ratio", "aria-valuemin": 0, "aria-valuemax": 359, "aria-orientation": "horizontal" });
    const [reading, hovered] = [h("p", { class: "reading" }), h("p", { class: "soft hovered" }, "Point at the map to read a value.")];
    const map = h("div", { class: "surface" });
    const curve = h("div", { class: "curve-place" });
    const orientation = h("input", { type: "range", min: 0, max: orientations.length - 1, step: 1, "aria-label": "Orientation" });
    const ratio = h("input", { type: "range", min: 0, max: ratios.length - 1, step: 1, "aria-label": "Frequency ratio" });
    /** @type {{redraw: null | (() => void)}} */
    const marker = { redraw: null };

    const value = (/** @type {number} */ row, /** @type {number} */ column) => values[row * orientations.length + column];
    const rowOf = (/** @type {Float32Array} */ all) => all.slice(at.row * orientations.length, (at.row + 1) * orientations.length);

    function drawCurve() {
      const curves = [{ values: rowOf(values), name: "high-low stimuli", kind: "main" }];
      if (balanced) curves.push({ values: rowOf(balanced), name: "balanced stimuli", kind: "second" });
      curve.replaceChildren(highlow.charts.orientationCurve({
        width: Math.max(curve.clientWidth, 240), orientations, curves, marked: orientations[at.column],
        label: `Response over orientation at ratio ${plain(ratios[at.row])}`,
      }));
    }

    function show(/** @type {boolean} */ said) {
      const family = site.families.high_low;
      const parameters = highlow.stimuli.given(family, { orientation: orientations[at.column], ratio: ratios[at.row], phase: 0 });
      paint(pixels, highlow.stimuli.rendered("high_low", parameters, field));
      const angle = orientations[at.column];
      const response = value(at.row, at.column);
      const text = `Orientation ${degrees(angle)} (fine texture ${side(angle)}), ratio ${plain(ratios[at.row])}: response ${plain(response)}, `
        + `${peak > 0 ? percent(response / peak) : "0 %"} of the largest on the map.`;
      reading.textContent = text;
      pixels.setAttribute("aria-valuenow", String(Math.round(angle)));
      pixels.setAttribute("aria-valuetext", text);
      orientation.value = String(at.column);
      ratio.value = String(at.row);
      orientation.setAttribute("aria-valuetext", degrees(angle));
      ratio.setAttribute("aria-valuetext", plain(ratios[at.row]));
      if (marker.redraw) marker.redraw();
      drawCurve();
      if (said) {
        highlow.state.amend({ o: Math.round(10 * angle) / 10, r: Math.round(1000 * ratios[at.row]) / 1000 });
        announce(text);
      }
    }

    function move(/** @type {number} */ row, /** @type {number} */ column) {
      at.row = Math.min(Math.max(row, 0), ratios.length - 1);
      at.column = ((column % orientations.length) + orientations.length) % orientations.length;
      show(true);
    }

    highlow.charts.responsive(map, (/** @type {number} */ width) => {
      const { svg, plot, x, y } = surface(layer, values, peak, width);
      const cross = s("circle", { r: 7, class: "marker" });
      plot.append(cross);
      marker.redraw = () => {
        cross.setAttribute("cx", x((at.column + 0.5) / orientations.length));
        cross.setAttribute("cy", y((at.row + 0.5) / ratios.length));
      };
      marker.redraw();
      const place = (/** @type {PointerEvent} */ event) => {
        const bounds = svg.getBoundingClientRect();
        const across = (event.clientX - bounds.left - x(0)) / (x(1) - x(0));
        const up = 1 - (event.clientY - bounds.top - y(1)) / (y(0) - y(1));
        const inside = across >= 0 && across < 1 && up >= 0 && up < 1;
        return { inside, column: Math.floor(across * orientations.length), row: Math.floor(up * ratios.length) };
      };
      svg.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
        const found = place(event);
        if (!found.inside) return;
        event.preventDefault();
        svg.setPointerCapture(event.pointerId);
        move(found.row, found.column);
      });
      svg.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => {
        const found = place(event);
        if (event.buttons && svg.hasPointerCapture(event.pointerId)) {
          move(found.row, Math.min(Math.max(found.column, 0), orientations.length - 1));
        }
        hovered.textContent = found.inside
          ? `Under the pointer: ${degrees(orientations[found.column])}, ratio ${plain(ratios[found.row])}: response ${plain(value(found.row, found.column))}.`
          : "Point at the map to read a value.";
      });
      svg.style.touchAction = "none";
      return svg;
    });

    highlow.charts.responsive(curve, () => (drawCurve(), curve.firstChild || h("span")));
    orientation.addEventListener("input", () => move(at.row, Number(orientation.value)));
    ratio.addEventListener("input", () => move(Number(ratio.value), at.column));
    pixels.addEventListener("keydown", (/** @type {KeyboardEvent} */ event) => {
      const steps = /** @type {Object<string, number[]>} */ ({ ArrowRight: [0, 1], ArrowLeft: [0, -1], ArrowUp: [1, 0], ArrowDown: [-1, 0] })[event.key];
      if (!steps) return;
      event.preventDefault();
      event.stopPropagation();
      move(at.row + steps[0], at.column + steps[1]);
    });
    const turn = (/** @type {PointerEvent} */ event) => {
      const bounds = pixels.getBoundingClientRect();
      const across = event.clientX - bounds.left - bounds.width / 2;
      const down = event.clientY - bounds.top - bounds.height / 2;
      if (Math.hypot(across, down) < 6) return;
      const share = Math.min(Math.hypot(across, down) / (bounds.width / 2), 1);
      move(Math.round(share * (ratios.length - 1)), turned((Math.atan2(down, across) * 180) / Math.PI));
    };
    pixels.addEventListener("pointerdown", (/** @type {PointerEvent} */ event) => {
      pixels.setPointerCapture(event.pointerId);
      event.preventDefault();
      pixels.focus();
      turn(event);
    });
    pixels.addEventListener("pointermove", (/** @type {PointerEvent} */ event) => event.buttons && turn(event));
    show(false);

    const key = h("p", { class: "key" }, h("span", {}, h("i", { class: "swatch main" }), "high-low stimuli"),
      balanced ? h("span", {}, h("i", { class: "swatch second" }), "balanced stimuli, without a difference of brightness or contrast") : null);
    return h("div", { class: "tuning" },
      h("div", { class: "tuning-map" }, map,
        highlow.charts.colourBar(highlow.colours.responseGradient, "0", plain(peak), "response, mean over phases"), hovered),
      h("div", { class: "tuning-stimulus" }, pixels,
        h("p", { class: "soft stimulus-note" }, `The stimulus in the unit’s ${field} px, at phase 0; responses are means over ${counted(site.families.high_low.axes.phase.length, "phase")}. Drag it: the direction sets the orientation, the distance from the middle the ratio.`),
        h("label", {}, "Orientation", orientation), h("label", {}, "Ratio", ratio), reading),
      h("div", { class: "tuning-curve" }, curve, key));
  }

  /** The ratios from which the preferred orientation and the peak are taken, as text. @param {any} layer */
  const range = (layer) => `${plain(SMALLEST_RATIO, 2)} to ${plain(layer.pattern_size / 8, 2)}`;

  return { panel, surface, height, range };
}

highlow.tuning = tuningPart();
