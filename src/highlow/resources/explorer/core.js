// What every other file hangs on: data that register themselves, and how one of them is asked for.
// Classic scripts, not modules: a page opened from disk may load these, and neither import nor fetch anything. Each adds
// a part to `highlow`, made by a function of its own, from which the types of the parts are known (tests/javascript).
"use strict";

function corePart() {
  /** @type {Map<string, any>} */
  const known = new Map();
  /** @type {Map<string, Promise<any>>} */
  const asked = new Map();

  /**
   * Take content that a data script holds.
   * @param {string} name
   * @param {any} content
   */
  function register(name, content) {
    known.set(name, content);
  }

  /**
   * Return content by its name, from the script at a path that registers it.
   * @param {string} name
   * @param {string} path
   * @returns {Promise<any>}
   */
  function load(name, path) {
    if (!asked.has(name)) {
      asked.set(name, new Promise((resolve, reject) => {
        const script = document.createElement("script");
        script.src = path.split("/").map(encodeURIComponent).join("/");
        script.onload = () => (known.has(name) ? resolve(known.get(name)) : reject(new Error(`${path} holds no ${name}`)));
        script.onerror = () => {
          asked.delete(name);
          reject(new Error(`${path} is missing: copy the whole folder, or build it again`));
        };
        document.head.append(script);
      }));
    }
    return /** @type {Promise<any>} */ (asked.get(name));
  }

  /** @param {string} name */
  const layer = (name) => load(name, `layers/${name}/layer.js`);

  /** @param {string} name @param {number} number */
  const unit = (name, number) => load(`${name}/${number}`, `layers/${name}/${number}.js`);

  /**
   * Return the numbers of an array as `data_file.array` wrote it.
   * @param {{shape: number[], float32: string}} packed
   */
  function unpacked(packed) {
    const text = atob(packed.float32);
    const bytes = new Uint8Array(text.length);
    for (let index = 0; index < text.length; index += 1) bytes[index] = text.charCodeAt(index);
    const view = new DataView(bytes.buffer);
    const values = new Float32Array(text.length / 4);
    for (let index = 0; index < values.length; index += 1) values[index] = view.getFloat32(4 * index, true);
    return { shape: packed.shape, values };
  }

  return { register, load, layer, unit, unpacked };
}

/** @type {ReturnType<typeof corePart> & Parts} */
const highlow = /** @type {any} */ (corePart());
