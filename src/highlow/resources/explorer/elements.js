// Elements of the page and of its drawings.
"use strict";

function elementsPart() {
  const SVG = "http://www.w3.org/2000/svg";

  /** @param {Element} element @param {Object<string, any>} attributes @param {any[]} children */
  function filled(element, attributes, children) {
    for (const [name, value] of Object.entries(attributes)) {
      if (value === null || value === undefined || value === false) continue;
      if (name.startsWith("on")) element.addEventListener(name.slice(2), value);
      else element.setAttribute(name, value === true ? "" : String(value));
    }
    element.append(...children.flat(Infinity).filter((child) => child !== null && child !== undefined && child !== false));
    return element;
  }

  /** @param {string} tag @param {Object<string, any>} [attributes] @param {...any} children @returns {any} */
  const h = (tag, attributes = {}, ...children) => filled(document.createElement(tag), attributes, children);
  /** @param {string} tag @param {Object<string, any>} [attributes] @param {...any} children @returns {any} */
  const s = (tag, attributes = {}, ...children) => filled(document.createElementNS(SVG, tag), attributes, children);

  /**
   * A canvas of RGBA pixels, enlarged without smoothing by its style.
   * @param {number} width @param {number} height @param {Uint8ClampedArray} data @param {Object<string, any>} [attributes]
   */
  function canvas(width, height, data, attributes = {}) {
    const element = h("canvas", { width, height, role: "img", ...attributes });
    paint(element, data);
    return element;
  }

  /** @param {HTMLCanvasElement} element @param {Uint8ClampedArray} data */
  function paint(element, data) {
    const context = /** @type {CanvasRenderingContext2D} */ (element.getContext("2d", { willReadFrequently: true }));
    context.putImageData(new ImageData(/** @type {any} */ (data), element.width, element.height), 0, 0);
  }

  /** @param {string} text what has changed, for readers who cannot see it */
  function announce(text) {
    const place = document.getElementById("status");
    if (place) place.textContent = text;
  }

  return { h, s, canvas, paint, announce };
}

highlow.elements = elementsPart();
