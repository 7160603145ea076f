// Pictures cut from a layer's sheet, photographs with the square that a unit sees, and maps of weights.
"use strict";

function picturesPart() {
  const { h } = highlow.elements;
  const { plain } = highlow.numbers;

  /**
   * A unit's picture at a width, cut by its place in the sheet.
   * @param {any} layer data of the layer @param {number} unit @param {number} width @param {string} [sheet]
   */
  function picture(layer, unit, width, sheet = "pictures") {
    const { cell, size, columns, rows } = layer.sheet;
    const scale = width / size;
    const style = `width:${width}px;height:${width}px;background-image:url("layers/${encodeURIComponent(layer.layer)}/${sheet}.jpg");`
      + `background-size:${columns * cell * scale}px ${rows * cell * scale}px;`
      + `background-position:${-(unit % columns) * cell * scale}px ${-Math.floor(unit / columns) * cell * scale}px`;
    return h("span", { class: scale > 4 ? "picture pixels" : "picture", style, role: "img", "aria-label": `picture of ${layer.layer} ${unit}` });
  }

  /**
   * A photograph with the square that a unit sees in it, beside that square alone.
   * @param {any} layer @param {number} unit @param {any} example @param {string} name @param {number} width
   */
  function photograph(layer, unit, example, name, width) {
    const scale = width / layer.image_size;
    const field = layer.field[unit];
    const url = `photographs/${example.image}.jpg`;
    const text = `photograph ${example.image}, response ${plain(example.response)}; the unit sees ${field} px from`
      + ` row ${example.top} and column ${example.left}`;
    const box = `left:${example.left * scale}px;top:${example.top * scale}px;width:${field * scale}px;height:${field * scale}px`;
    const zoom = width / field;
    const cut = `width:${width}px;height:${width}px;background-image:url("${url}");background-repeat:no-repeat;`
      + `background-size:${layer.image_size * zoom}px;background-position:${-example.left * zoom}px ${-example.top * zoom}px`;
    return h("figure", { class: "example" },
      h("span", { class: "cut", style: cut, "aria-hidden": "true" }),
      h("span", { class: "whole", style: `width:${width}px;height:${width}px` },
        h("img", { src: url, alt: text, width, height: width, loading: "lazy" }),
        h("i", { style: box, "aria-hidden": "true" })),
      h("figcaption", { title: name }, `response ${plain(example.response)}`));
  }

  /**
   * A map of weights, enlarged without smoothing; red excites, blue inhibits.
   * @param {{shape: number[], values: ArrayLike<number>}} weight @param {number} largest of the scale
   * @param {number} width @param {string} label
   */
  function weightMap(weight, largest, width, label) {
    const [rows, columns] = weight.shape;
    const data = new Uint8ClampedArray(4 * rows * columns);
    for (let index = 0; index < rows * columns; index += 1) {
      const [red, green, blue] = highlow.colours.weight(weight.values[index], largest);
      data.set([Math.round(red), Math.round(green), Math.round(blue), 255], 4 * index);
    }
    return highlow.elements.canvas(columns, rows, data, { class: "weights", style: `width:${width}px;height:${width}px`, "aria-label": label });
  }

  /** The largest absolute value of some arrays. @param {ArrayLike<number>[]} arrays */
  const largest = (arrays) => Math.max(0, ...arrays.map((values) => Array.from(values).reduce((most, value) => Math.max(most, Math.abs(value)), 0)));

  return { picture, photograph, weightMap, largest };
}

highlow.pictures = picturesPart();
