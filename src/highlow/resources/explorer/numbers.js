// Numbers as text: with their units, a true minus sign, and no more digits than say something.
"use strict";

function numbersPart() {
  const NOTHING = "–";

  /** @param {any} value */
  const present = (value) => typeof value === "number" && Number.isFinite(value);

  /** @param {number | null | undefined} value @param {number} [digits] significant ones */
  function plain(value, digits = 3) {
    if (!present(value)) return NOTHING;
    const size = Math.abs(/** @type {number} */ (value));
    if (size === 0) return "0";
    const places = Math.max(0, Math.min(6, digits - 1 - Math.floor(Math.log10(size))));
    return /** @type {number} */ (value).toFixed(places).replace("-", "−");
  }

  /** @param {number | null | undefined} value */
  const degrees = (value) => (present(value) ? `${/** @type {number} */ (value).toFixed(0).replace("-", "−")}°` : NOTHING);
  /** @param {number | null | undefined} value */
  const percent = (value) => (present(value) ? `${(100 * /** @type {number} */ (value)).toFixed(0).replace("-", "−")} %` : NOTHING);
  /** @param {number | null | undefined} value */
  const fixed = (value) => (present(value) ? /** @type {number} */ (value).toFixed(2).replace("-", "−") : NOTHING);

  const SIDES = ["right", "lower right", "bottom", "lower left", "left", "upper left", "top", "upper right"];

  /** @param {number} value direction in degrees, clockwise from the right */
  const side = (value) => SIDES[Math.round(value / 45) % 8];

  /** @param {number} count @param {string} one @param {string} [many] */
  const counted = (count, one, many) => `${count} ${count === 1 ? one : many || `${one}s`}`;

  return { plain, degrees, percent, fixed, side, counted, present, NOTHING };
}

highlow.numbers = numbersPart();
