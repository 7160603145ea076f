// What is shown, as a file: a table as TSV, a drawing as PNG.
"use strict";

function downloadPart() {
  const { h } = highlow.elements;

  /** @param {string} name @param {Blob} blob */
  function save(name, blob) {
    const link = h("a", { href: URL.createObjectURL(blob), download: name });
    link.click();
    setTimeout(() => URL.revokeObjectURL(link.href), 1000);
  }

  /** @param {any[][]} rows */
  const tsv = (rows) => `${rows.map((row) => row.map((value) => (value === null || value === undefined ? "" : String(value))).join("\t")).join("\n")}\n`;

  /** A button that saves a table. @param {() => any[][]} rows @param {string} name @param {string} [text] */
  const table = (rows, name, text = "Save numbers (TSV)") => h("button", { type: "button", class: "save", onclick: () => save(`${name}.tsv`, new Blob([tsv(rows())], { type: "text/tab-separated-values" })) }, text);

  const COPIED = ["fill", "stroke", "stroke-width", "stroke-dasharray", "opacity", "font-size", "font-family", "font-weight", "image-rendering"];

  /** A drawing with its style written into it. @param {SVGElement} svg */
  function standalone(svg) {
    const copy = /** @type {SVGElement} */ (svg.cloneNode(true));
    const [from, to] = [[svg, ...svg.querySelectorAll("*")], [copy, ...copy.querySelectorAll("*")]];
    from.forEach((element, index) => {
      const style = getComputedStyle(element);
      /** @type {any} */ (to[index]).setAttribute("style", COPIED.map((name) => `${name}:${style.getPropertyValue(name)}`).join(";"));
    });
    copy.setAttribute("xmlns", "http://www.w3.org/2000/svg");
    return new XMLSerializer().serializeToString(copy);
  }

  /** A button that saves an SVG or a canvas as PNG. @param {() => Element | null} drawing @param {string} name @param {string} text */
  function image(drawing, name, text) {
    async function saved() {
      const element = /** @type {any} */ (drawing());
      if (!element) return;
      const bounds = element.getBoundingClientRect();
      const canvas = h("canvas", { width: Math.round(2 * bounds.width), height: Math.round(2 * bounds.height) });
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.fillStyle = getComputedStyle(document.body).backgroundColor;
      context.fillRect(0, 0, canvas.width, canvas.height);
      if (element instanceof HTMLCanvasElement) context.drawImage(element, 0, 0, canvas.width, canvas.height);
      else {
        const picture = new Image();
        picture.src = `data:image/svg+xml;charset=utf-8,${encodeURIComponent(standalone(element))}`;
        await picture.decode();
        context.drawImage(picture, 0, 0, canvas.width, canvas.height);
      }
      canvas.toBlob((/** @type {Blob} */ blob) => save(`${name}.png`, blob));
    }
    return h("button", { type: "button", class: "save", onclick: saved }, text);
  }

  /**
   * A button that saves drawings of pixels beside and below each other as one PNG, enlarged without smoothing.
   * @param {() => HTMLCanvasElement[][]} rows @param {string} name @param {string} text @param {number} [side] of each, in pixels
   */
  function canvases(rows, name, text, side = 120) {
    const GAP = 8;
    function saved() {
      const drawn = rows();
      const width = Math.max(...drawn.map((row) => row.length));
      const canvas = h("canvas", { width: width * (side + GAP) + GAP, height: drawn.length * (side + GAP) + GAP });
      const context = canvas.getContext("2d");
      context.imageSmoothingEnabled = false;
      context.fillStyle = getComputedStyle(document.body).backgroundColor;
      context.fillRect(0, 0, canvas.width, canvas.height);
      drawn.forEach((row, down) => row.forEach((item, across) =>
        context.drawImage(item, GAP + across * (side + GAP), GAP + down * (side + GAP), side, side)));
      canvas.toBlob((/** @type {Blob} */ blob) => save(`${name}.png`, blob));
    }
    return h("button", { type: "button", class: "save", onclick: saved }, text);
  }

  return { table, image, canvases, tsv };
}

highlow.download = downloadPart();
