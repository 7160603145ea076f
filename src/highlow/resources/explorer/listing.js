// Which units of a layer are listed, and in which order: the grid shows them, and previous and next follow them.
"use strict";

function listingPart() {
  /** What units can be sorted by, with the words for it; a layer has those of its columns. */
  const SORTS = {
    unit: "number",
    score: "score",
    preferred_orientation_deg: "preferred orientation",
    direction_selectivity: "direction selectivity",
    peak_response: "largest response to high-low stimuli",
    hf_lf_map_correlation: "correlation of HF and LF maps",
    uniform_response: "response to uniform textures",
    grating_response: "response to gratings",
    luminance_edge_response: "response to luminance edges",
    colour_edge_response: "response to colour edges",
    contrast_edge_response: "response to contrast edges",
    photograph_response: "response to photographs",
    detector_weight_norm: "weights from detectors",
    hf_weight: "weight in the HF factor",
    lf_weight: "weight in the LF factor",
  };
  const CONTROLS = ["uniform_response", "grating_response", "luminance_edge_response", "colour_edge_response", "contrast_edge_response"];
  const UPWARDS = ["unit", "preferred_orientation_deg", "hf_lf_map_correlation"];

  /** @param {any} layer */
  const sorts = (layer) => Object.entries(SORTS).filter(([key]) => key === "unit" || key in layer.columns);
  /** @param {any} layer */
  const usual = (layer) => ("score" in layer.columns ? "score" : "detector_weight_norm" in layer.columns ? "detector_weight_norm" : "unit");

  /** What a unit is called beside its number. @param {any} layer @param {number} unit */
  function word(layer, unit) {
    const columns = layer.columns;
    if (columns.is_detector) return columns.is_detector[unit] ? "detector" : (columns.kind && columns.kind[unit]) || "";
    return (columns.use && columns.use[unit]) || "";
  }

  /** Kinds in a layer. @param {any} layer */
  const kinds = (layer) => [...new Set(Array.from({ length: layer.count }, (_, unit) => word(layer, unit)))].filter(Boolean).sort();

  /** @param {number} angle @param {number} other */
  const apart = (angle, other) => Math.abs(((angle - other + 540) % 360) - 180);

  /**
   * Return the units that a query lists, in its order.
   * @param {any} layer @param {Object<string, string>} query @returns {number[]}
   */
  function units(layer, query) {
    const columns = layer.columns;
    const find = (query.find || "").trim().toLowerCase();
    const kept = Array.from({ length: layer.count }, (_, unit) => unit).filter((unit) => {
      if (query.branch && columns.branch[unit] !== query.branch) return false;
      if (query.verdict && columns.is_detector && String(columns.is_detector[unit]) !== query.verdict) return false;
      if (query.kind && word(layer, unit) !== query.kind) return false;
      if (query.towards) {
        const angle = columns.preferred_orientation_deg[unit];
        if (angle === null || apart(angle, Number(query.towards)) > 22.5) return false;
      }
      if (query.control && query.most) {
        const value = columns[query.control] && columns[query.control][unit];
        if (value === null || value === undefined || 100 * value > Number(query.most)) return false;
      }
      return !find || [String(unit), columns.branch[unit], word(layer, unit).replace(/_/g, " ")].some((text) =>
        (/^\d+$/.test(find) ? text === find : text.toLowerCase().includes(find)));
    });
    const key = query.sort || usual(layer);
    if (key === "unit") return query.up === "0" ? kept.reverse() : kept;
    const up = query.up ? query.up === "1" : UPWARDS.includes(key);
    const values = columns[key] || [];
    return kept.sort((first, second) => {
      const [a, b] = [values[first], values[second]];
      if (a === null || a === undefined || b === null || b === undefined) {
        return Number(a === null || a === undefined) - Number(b === null || b === undefined) || first - second;
      }
      return (up ? a - b : b - a) || first - second;
    });
  }

  return { SORTS, CONTROLS, UPWARDS, sorts, usual, units, kinds, word };
}

highlow.listing = listingPart();
