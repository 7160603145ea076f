// Strongest inputs and users of a unit: maps of weights on one scale, each a link; and the maps of the two factors.
"use strict";

function wiringPart() {
  const { h } = highlow.elements;
  const { plain } = highlow.numbers;
  const { weightMap, largest, picture } = highlow.pictures;

  /**
   * One group of connections on one scale.
   * @param {any} group `through` and `units` @param {Map<string, any>} layers data of layers by name
   * @param {Object<string, string>} query @param {string} name of the file of the maps
   */
  function connections(group, layers, query, name) {
    const maps = group.units.map((/** @type {any} */ item) => highlow.unpacked(item.weight));
    const most = largest(maps.map((/** @type {any} */ map) => map.values));
    const cards = group.units.map((/** @type {any} */ item, /** @type {number} */ index) => {
      const layer = layers.get(item.layer);
      return h("a", { class: "connection", href: highlow.state.address([item.layer, String(item.unit)], highlow.state.listing(query)) },
        weightMap(maps[index], most, 64, `weights between ${item.layer} ${item.unit} and this unit, ${maps[index].shape.join(" by ")} positions`),
        layer ? picture(layer, item.unit, 64) : null,
        h("span", { class: "name" }, `${item.layer} ${item.unit}`),
        h("span", { class: "soft" }, `norm ${plain(item.norm)}`));
    });
    const place = h("div", { class: "connections" }, cards);
    return h("div", {}, place,
      highlow.charts.colourBar(highlow.colours.weightGradient, `−${plain(most)}`, plain(most), "weight: blue inhibits, red excites"),
      h("p", { class: "saves" }, highlow.download.canvases(() => [Array.from(place.querySelectorAll("canvas"))], name, "Save maps (PNG)")));
  }

  /** @param {any[]} given @param {string} what @param {Map<string, any>} layers @param {Object<string, string>} query @param {string} stem of names of files */
  function groups(given, what, layers, query, stem) {
    return given.map((group) => h("section", { class: "group" },
      h("h3", {}, `${what} ${group.units[0].layer}${group.through === group.units[0].layer ? "" : `, through ${group.through}`}`),
      connections(group, layers, query, `${stem}_${what.toLowerCase()}_${group.through}`)));
  }

  /** The least-squares maps on the HF and the LF factor of each source, on one scale a source. @param {Object<string, any>} maps */
  function factorMaps(maps) {
    return Object.entries(maps).map(([source, packed]) => {
      const { shape, values } = highlow.unpacked(packed);
      const most = largest([values]);
      const size = shape[1] * shape[2];
      const drawn = ["high", "low"].map((name, index) => h("figure", {},
        weightMap({ shape: shape.slice(1), values: values.slice(index * size, (index + 1) * size) }, most, 96,
          `weights on the ${name}-frequency factor of ${source}`),
        h("figcaption", {}, `${name === "high" ? "HF" : "LF"} factor`)));
      return h("div", { class: "factor-maps" }, h("h4", {}, `from ${source}`), h("div", { class: "row" }, drawn),
        highlow.charts.colourBar(highlow.colours.weightGradient, `−${plain(most)}`, plain(most), "weight"));
    });
  }

  return { groups, factorMaps };
}

highlow.wiring = wiringPart();
