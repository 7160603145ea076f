// Charts drawn by hand: what they share, the orientation curve, and bars.
"use strict";

function chartsPart() {
  const { h, s } = highlow.elements;
  const { plain } = highlow.numbers;
  const MARGIN = { top: 10, right: 14, bottom: 40, left: 52 };

  /**
   * Draw into an element now and whenever its width changes.
   * @param {HTMLElement} place @param {(width: number) => Element} draw
   */
  function responsive(place, draw) {
    let last = 0;
    const again = () => {
      const width = Math.floor(place.clientWidth);
      if (width > 0 && width !== last) {
        last = width;
        place.replaceChildren(draw(width));
      }
    };
    new ResizeObserver(again).observe(place);
    requestAnimationFrame(again);
    return place;
  }

  /**
   * An SVG with axes.
   * @param {{width: number, height: number, label: string, xLabel: string, yLabel: string,
   *   xTicks: {at: number, text: string}[], yTicks: {at: number, text: string}[]}} options ticks lie at shares 0 to 1
   */
  function frame(options) {
    const inner = { width: options.width - MARGIN.left - MARGIN.right, height: options.height - MARGIN.top - MARGIN.bottom };
    const x = (/** @type {number} */ share) => MARGIN.left + share * inner.width;
    const y = (/** @type {number} */ share) => MARGIN.top + (1 - share) * inner.height;
    const svg = s("svg", { width: options.width, height: options.height, viewBox: `0 0 ${options.width} ${options.height}`,
      role: "img", "aria-label": options.label, class: "chart" });
    const plot = s("g", {});
    svg.append(plot);
    for (const tick of options.xTicks) {
      svg.append(s("line", { x1: x(tick.at), x2: x(tick.at), y1: y(0), y2: y(0) + 4, class: "tick" }),
        s("text", { x: x(tick.at), y: y(0) + 17, "text-anchor": "middle" }, tick.text));
    }
    for (const tick of options.yTicks) {
      svg.append(s("line", { x1: x(0) - 4, x2: x(0), y1: y(tick.at), y2: y(tick.at), class: "tick" }),
        s("text", { x: x(0) - 8, y: y(tick.at) + 4, "text-anchor": "end" }, tick.text));
    }
    svg.append(s("text", { x: x(0.5), y: options.height - 4, "text-anchor": "middle", class: "axis" }, options.xLabel),
      s("text", { transform: `translate(12 ${y(0.5)}) rotate(-90)`, "text-anchor": "middle", class: "axis" }, options.yLabel));
    return { svg, plot, x, y, inner };
  }

  const ANGLE_TICKS = [0, 90, 180, 270, 360].map((angle) => ({ at: angle / 360, text: `${angle}°` }));

  /** A few round values from 0 to the largest. @param {number} largest */
  function valueTicks(largest) {
    if (!(largest > 0)) return [{ at: 0, text: "0" }];
    const rough = largest / 4;
    const power = 10 ** Math.floor(Math.log10(rough));
    const step = [1, 2, 5, 10].map((factor) => factor * power).find((value) => value >= rough) || power;
    const ticks = [];
    for (let value = 0; value <= largest * 1.0001; value += step) ticks.push({ at: value / largest, text: plain(value, 2) });
    return ticks;
  }

  /**
   * Responses over orientation, as closed curves over 0 to 360 degrees.
   * @param {{width: number, height?: number, label: string, orientations: number[],
   *   curves: {values: ArrayLike<number>, name: string, kind: string}[], largest?: number, marked?: number}} options
   */
  function orientationCurve(options) {
    const all = options.curves.flatMap((curve) => Array.from(curve.values));
    const largest = options.largest || Math.max(...all, 0);
    const { svg, plot, x, y } = frame({
      width: options.width, height: options.height || 190, label: options.label, xTicks: ANGLE_TICKS,
      yTicks: valueTicks(largest), xLabel: "orientation of the high-frequency side", yLabel: "response",
    });
    for (const tick of valueTicks(largest)) plot.append(s("line", { x1: x(0), x2: x(1), y1: y(tick.at), y2: y(tick.at), class: "rule" }));
    for (const { values, kind, name } of options.curves) {
      const points = [...options.orientations.map((angle, index) => [angle, values[index]]), [360, values[0]]];
      const text = points.map(([angle, value]) => `${x(angle / 360).toFixed(1)},${y(largest > 0 ? value / largest : 0).toFixed(1)}`);
      plot.append(s("polyline", { points: text.join(" "), class: `curve ${kind}` }, s("title", {}, name)));
    }
    if (options.marked !== undefined) {
      plot.append(s("line", { x1: x(options.marked / 360), x2: x(options.marked / 360), y1: y(0), y2: y(1), class: "marked" }));
    }
    return svg;
  }

  /**
   * A labelled bar, with its value as text; a share over 1 fills it and says so.
   * @param {{label: any, share: number | null, text: string, kind?: string, limit?: number, before?: any}} options
   */
  function bar(options) {
    const share = Math.min(Math.max(options.share || 0, 0), 1);
    return h("div", { class: `bar ${options.kind || ""}` }, options.before || null,
      h("span", { class: "bar-label" }, options.label),
      h("span", { class: "bar-track", "aria-hidden": "true" },
        h("span", { class: "bar-fill", style: `width:${(100 * share).toFixed(1)}%` }),
        options.limit === undefined ? null : h("span", { class: "bar-limit", style: `left:${100 * options.limit}%` })),
      h("span", { class: "bar-value" }, options.text));
  }

  /** The colours of a scale, with their ends. @param {string} gradient @param {string} low @param {string} high @param {string} title */
  const colourBar = (gradient, low, high, title) =>
    h("div", { class: "colour-bar" }, h("span", {}, low), h("i", { style: `background:${gradient}`, "aria-hidden": "true" }),
      h("span", {}, high), h("span", { class: "soft" }, title));

  return { responsive, frame, orientationCurve, bar, colourBar, ANGLE_TICKS, valueTicks, MARGIN };
}

highlow.charts = chartsPart();
