// The stimuli, by the formulas of the pipeline (src/highlow/probes/stimuli.py): x to the right, y down, offsets in
// pixels from the centre, angles in degrees clockwise. A test compares the pixels with the pipeline's.
"use strict";

function stimuliPart() {
  const TURN = 2 * Math.PI;
  const PLAID_CONTRAST = 0.3;
  const NOISE_CONTRAST = PLAID_CONTRAST / 2;
  const GRATING_CONTRAST = NOISE_CONTRAST * Math.SQRT2;
  const EDGE_CONTRAST = NOISE_CONTRAST;
  const COLOUR_PAIRS = [[1, -0.2126 / 0.7152, 0], [-0.0722 / 0.9278, -0.0722 / 0.9278, 1]];

  /** @typedef {(x: number, y: number) => number | number[]} Picture grey, or red, green and blue, 0 to 1 */

  /** @param {number} value */
  const clamped = (value) => Math.min(Math.max(value, 0), 1);
  /** @param {number} degrees */
  const radians = (degrees) => (degrees * Math.PI) / 180;

  /** @param {number} u @param {number} v @param {number} wavelength @param {number} phase */
  const plaid = (u, v, wavelength, phase) =>
    0.5 + PLAID_CONTRAST * Math.cos((TURN / wavelength) * u + radians(phase)) * Math.cos((TURN / wavelength) * v);

  /** @param {number} u @param {number} size */
  const sideMask = (u, size) => clamped(0.5 + (u * 10) / size);

  /** @param {number} degrees @param {(u: number, v: number) => number | number[]} of @returns {Picture} */
  function turned(degrees, of) {
    const cosine = Math.cos(radians(degrees));
    const sine = Math.sin(radians(degrees));
    return (x, y) => of(x * cosine + y * sine, y * cosine - x * sine);
  }

  /** @param {Object<string, any>} p */
  const highLow = (p) =>
    turned(p.orientation_deg, (u, v) => {
      const share = sideMask(u, p.pattern_size);
      const high = plaid(u, v, p.pattern_size / 4 / p.ratio, p.phase_deg);
      const low = plaid(u, v, (p.pattern_size / 4) * p.ratio, p.phase_deg);
      return share * high + (1 - share) * low;
    });

  /**
   * Band-limited noise on both sides, with equal mean and contrast inside the aperture.
   * @param {Object<string, any>} p
   */
  function balanced(p) {
    const half = Math.floor(p.aperture / 2);
    const lengths = [p.pattern_size / 4 / p.ratio, (p.pattern_size / 4) * p.ratio];
    const sides = lengths.map((length, side) => {
      const waves = p.wave_angle_deg[side].map((/** @type {number} */ angle, /** @type {number} */ index) => {
        const frequency = TURN / (length * 2 ** p.wave_octave[side][index]);
        const direction = radians(angle + p.orientation_deg);
        return [frequency * Math.cos(direction), frequency * Math.sin(direction), radians(p.wave_phase_deg[side][index])];
      });
      const sum = (/** @type {number} */ x, /** @type {number} */ y) => {
        let total = 0;
        for (const [across, down, shift] of waves) total += Math.cos(across * x + down * y + shift);
        return total;
      };
      const share = turned(p.orientation_deg, (u) => (side ? 1 - sideMask(u, p.pattern_size) : sideMask(u, p.pattern_size)));
      let [weight, first, second] = [0, 0, 0];
      for (let y = -half; y <= half; y += 1) {
        for (let x = -half; x <= half; x += 1) {
          const part = /** @type {number} */ (share(x, y));
          const value = sum(x, y);
          weight += part;
          first += part * value;
          second += part * value * value;
        }
      }
      const mean = first / weight;
      const deviation = Math.sqrt(second / weight - mean * mean);
      return (/** @type {number} */ x, /** @type {number} */ y) =>
        (/** @type {number} */ (share(x, y)) * (sum(x, y) - mean)) / deviation;
    });
    return (/** @type {number} */ x, /** @type {number} */ y) =>
      clamped(0.5 + NOISE_CONTRAST * (sides[0](x, y) + sides[1](x, y)));
  }

  /** @param {Object<string, any>} p */
  const uniform = (p) =>
    turned(p.rotation_deg, (u, v) => {
      const frequency = TURN / p.wavelength;
      return clamped(0.5 + PLAID_CONTRAST * (Math.cos(frequency * u + radians(p.phase_deg)) + Math.cos(frequency * v)));
    });

  /** @param {Object<string, any>} p */
  const uniformPlaid = (p) => turned(p.rotation_deg, (u, v) => plaid(u, v, p.wavelength, p.phase_deg));

  /** @param {Object<string, any>} p */
  const grating = (p) =>
    turned(p.orientation_deg, (u) => 0.5 + GRATING_CONTRAST * Math.cos((TURN / p.wavelength) * u + radians(p.phase_deg)));

  /** @param {Object<string, any>} p */
  const contrastEdge = (p) =>
    turned(p.orientation_deg, (u, v) => {
      const share = sideMask(u, p.pattern_size);
      return share * plaid(u, v, p.pattern_size / 4, p.phase_deg) + (1 - share) * 0.5;
    });

  /** @param {number} u @param {Object<string, any>} p */
  const twoSides = (u, p) => 2 * sideMask(u - p.offset, p.pattern_size) - 1;

  /** @param {Object<string, any>} p */
  const luminanceEdge = (p) => turned(p.orientation_deg, (u) => 0.5 + EDGE_CONTRAST * twoSides(u, p));

  /** @param {Object<string, any>} p */
  function colourEdge(p) {
    const pair = COLOUR_PAIRS[p.pair];
    const size = Math.sqrt((pair[0] ** 2 + pair[1] ** 2 + pair[2] ** 2) / 3);
    return turned(p.orientation_deg, (u) => pair.map((part) => 0.5 + ((EDGE_CONTRAST * part) / size) * twoSides(u, p)));
  }

  /** @type {Object<string, (p: Object<string, any>) => Picture>} */
  const formulas = {
    high_low: highLow,
    high_low_balanced: balanced,
    uniform,
    uniform_plaid: uniformPlaid,
    grating,
    luminance_edge: luminanceEdge,
    colour_edge: colourEdge,
    contrast_edge: contrastEdge,
  };

  /**
   * Return the arguments of a family's formula for given coordinates.
   * @param {{parameters: Object<string, {axes: string[], values: any}>, axes: Object<string, number[]>}} family
   * @param {Object<string, number>} at value on each axis; on one that is left out, the one nearest to 0
   */
  function given(family, at) {
    /** @type {Object<string, any>} */
    const found = {};
    for (const [name, { axes, values }] of Object.entries(family.parameters)) {
      if (!axes.length) found[name] = values[0];
      else {
        const axis = axes[0];
        const index = nearest(family.axes[axis], axis in at ? at[axis] : 0);
        // Between the grid's values the formula holds as well; only noise has values of its own at each.
        found[name] = axis in at && typeof values[index] === "number" && exact(family, name, axis) ? at[axis] : values[index];
      }
    }
    return found;
  }

  /** @param {{axes: Object<string, number[]>, parameters: Object<string, any>}} family @param {string} name @param {string} axis */
  const exact = (family, name, axis) => family.parameters[name].values.every(
    (/** @type {number} */ value, /** @type {number} */ index) => value === family.axes[axis][index]);

  /** @param {number[]} values @param {number} wanted */
  function nearest(values, wanted) {
    let best = 0;
    values.forEach((value, index) => {
      if (Math.abs(value - wanted) < Math.abs(values[best] - wanted)) best = index;
    });
    return best;
  }

  /**
   * Return a square of a stimulus as RGBA, 0 to 255; the pixel behind its middle is offset 0, as in the sheets.
   * @param {string} name
   * @param {Object<string, any>} parameters
   * @param {number} pixels along a side
   * @param {number} [span] of it, in pixels of the network's input
   */
  function rendered(name, parameters, pixels, span = pixels) {
    const picture = formulas[name](parameters);
    const data = new Uint8ClampedArray(4 * pixels * pixels);
    const step = span / pixels;
    const middle = Math.floor(pixels / 2);
    for (let row = 0; row < pixels; row += 1) {
      for (let column = 0; column < pixels; column += 1) {
        const value = picture((column - middle) * step, (row - middle) * step);
        const place = 4 * (row * pixels + column);
        for (let channel = 0; channel < 3; channel += 1) {
          data[place + channel] = Math.round(255 * (Array.isArray(value) ? value[channel] : value));
        }
        data[place + 3] = 255;
      }
    }
    return data;
  }

  return { rendered, given, nearest, names: Object.keys(formulas) };
}

highlow.stimuli = stimuliPart();
