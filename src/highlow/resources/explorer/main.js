// The page as a whole: it shows what the address says, and remembers what is compared.
"use strict";

(function () {
  const { h, announce } = highlow.elements;
  const state = highlow.state;
  /** @type {any} */
  let site = null;
  /** @type {Map<string, any>} data of layers by name */
  const layers = new Map();
  let turn = 0;

  const main = /** @type {HTMLElement} */ (document.getElementById("main"));

  const studied = () => site.layers.find((/** @type {any} */ item) => item.role === "studied").name;

  /** @param {string} name */
  async function layer(name) {
    if (!layers.has(name)) layers.set(name, await highlow.layer(name));
    return layers.get(name);
  }

  /** Units that are compared: they travel in the address. */
  const compared = () => (state.read().query.with || remembered).split(",").filter(Boolean);
  let remembered = "";
  let left = ""; // the unit that a seventh one replaced

  const app = {
    compared,
    left: () => left,
    /** @param {string[]} path @param {Object<string, any>} [query] */
    go(path, query = {}) {
      location.hash = state.address(path, query);
    },
    /** Put a unit into the comparison, or take it out; return whether it is in. @param {string} name */
    toggle(name) {
      const now = compared();
      const next = now.includes(name) ? now.filter((/** @type {string} */ item) => item !== name) : [...now, name].slice(-highlow.compare.MOST);
      left = now.includes(name) ? "" : now.find((/** @type {string} */ item) => !next.includes(item)) || "";
      remembered = next.join(",");
      if (state.read().query.with !== undefined || next.length) state.amend({ with: remembered });
      header();
      announce(`${next.length} in the comparison`);
      return next.includes(name);
    },
    showCompared() {
      location.hash = state.address(["compare"], { with: remembered });
      show();
    },
    endTour() {
      state.amend({ tour: "" });
      document.querySelector(".tour")?.remove();
      main.querySelector("h1")?.focus();
    },
  };

  function header() {
    const { path } = state.read();
    const here = path[0] || studied();
    const link = (/** @type {string} */ name, /** @type {string} */ text, /** @type {Object<string, any>} */ query = {}) =>
      h("a", { href: state.address([name], query), "aria-current": here === name ? "page" : null }, text);
    const count = compared().length;
    const place = /** @type {HTMLElement} */ (document.getElementById("links"));
    place.replaceChildren(
      ...site.layers.map((/** @type {any} */ item) => link(item.name, item.name)),
      link("factors", "Factors"), link("stimuli", "Stimuli"),
      link("compare", count ? `Compare (${count})` : "Compare", { with: compared().join(",") }),
      h("a", { href: state.address([studied()], { tour: 1 }) }, "Tour"));
  }

  /** @param {string[]} path @param {Object<string, string>} query @returns {Promise<[HTMLElement, string]>} */
  async function view(path, query) {
    const [first = studied(), second] = path;
    if (first === "factors") {
      await Promise.all(site.layers.map((/** @type {any} */ item) => layer(item.name)));
      return [highlow.factors.view(site, layers, second || ""), "Factors"];
    }
    if (first === "stimuli") return [highlow.families.view(site, second || ""), "Stimuli"];
    if (first === "compare") {
      const chosen = await Promise.all(compared().map(async (/** @type {string} */ name) => {
        const [of, unit] = name.split(":");
        return checked(of, unit) && { layer: await layer(of), unit: Number(unit), data: await highlow.unit(of, Number(unit)) };
      }));
      return [highlow.compare.view(chosen.filter(Boolean), app), "Compare"];
    }
    if (!checked(first)) return [nothing(`There is no layer ${first} here.`), "Not found"];
    const found = await layer(first);
    if (second === undefined) return [highlow.grid.view(found, site, query, app), first];
    const unit = Number(second);
    if (!Number.isInteger(unit) || unit < 0 || unit >= found.count) return [nothing(`${first} has no unit ${second}; its units are 0 to ${found.count - 1}.`), "Not found"];
    const [data, names] = await Promise.all([highlow.unit(first, unit), highlow.load("photographs", "photographs/names.js"),
      ...site.layers.map((/** @type {any} */ item) => layer(item.name))]);
    return [highlow.unit_view.view(found, unit, data, site, names, layers, query, app), `${first} ${unit}`];
  }

  /** @param {string} name @param {string} [unit] */
  const checked = (name, unit = "0") => site.layers.some((/** @type {any} */ item) => item.name === name) && /^\d+$/.test(unit);

  /** @param {string} text */
  const nothing = (text) => h("article", {}, h("h1", { tabindex: -1 }, "Not found"), h("p", { class: "lede" }, text), h("p", {}, h("a", { href: "#/" }, "Back to the studied layer")));

  /** Load what every unit's view needs, while nobody waits for it. */
  async function ahead() {
    for (const item of site.layers) await layer(item.name).catch(() => null);
    await highlow.load("photographs", "photographs/names.js").catch(() => null);
  }

  let before = "";
  /** @type {Map<string, number>} how far down the reader was, by address */
  const heights = new Map();
  const viewOf = (/** @type {string} */ hash) => (hash.length > 2 ? hash : `#/${studied()}`);
  history.scrollRestoration = "manual"; // views are drawn after an address has changed

  /**
   * The part of a unit's view that is at the top of the window, and how far from it: the next unit shows the same part.
   * @returns {{id: string, offset: number} | null}
   */
  function part() {
    const found = Array.from(main.querySelectorAll("article.unit section[id]")).filter((item) => item.getBoundingClientRect().top < window.innerHeight / 3).pop();
    return found && window.scrollY > 0 ? { id: found.id, offset: found.getBoundingClientRect().top } : null;
  }

  /**
   * Scroll to where the reader was in the same view, to the same part of a neighbouring unit, or to the top.
   * @param {string} path @param {{id: string, offset: number} | null} same
   */
  function settle(path, same) {
    const section = same && path.split("/")[0] === before.split("/")[0] && path.includes("/") ? document.getElementById(same.id) : null;
    if (section && same) window.scrollBy(0, section.getBoundingClientRect().top - same.offset);
    else window.scrollTo(0, path.includes("/") ? 0 : heights.get(viewOf(location.hash)) || 0);
  }

  async function show() {
    const own = (turn += 1);
    const { path, query } = state.read();
    if (query.with !== undefined) remembered = query.with;
    header();
    /** @type {HTMLElement} */ let drawn;
    /** @type {string} */ let title;
    try {
      [drawn, title] = await view(path, query);
    } catch (error) {
      [drawn, title] = [nothing(/** @type {Error} */ (error).message), "Not found"];
    }
    if (own !== turn) return;
    const same = part();
    main.replaceChildren(drawn);
    document.title = `${title} · ${site.title} · Explorer`;
    document.querySelector(".tour")?.remove();
    if (query.tour) {
      document.body.append(highlow.tour.panel(await layer(studied()), Number(query.tour), app));
    } else if (before !== "" && before !== path.join("/")) {
      // Charts take their heights when they are drawn, in the next frame.
      await new Promise(requestAnimationFrame);
      if (own !== turn) return;
      settle(path.join("/"), same);
    }
    const tile = before.split("/")[0] === path[0] && path.length === 1 ? main.querySelector(`.tile[data-unit="${before.split("/")[1]}"]`) : null;
    const seen = tile && tile.getBoundingClientRect().top >= 0 && tile.getBoundingClientRect().bottom <= window.innerHeight;
    if (before !== "") /** @type {HTMLElement | null} */ (seen ? tile : main.querySelector("h1"))?.focus({ preventScroll: true });
    before = path.join("/") || "/";
    document.body.dataset.shown = location.hash || "#/";
  }

  window.addEventListener("hashchange", (event) => {
    heights.set(viewOf(new URL(event.oldURL).hash), window.scrollY);
    show();
  });
  window.addEventListener("keydown", (event) => {
    const typing = /** @type {HTMLElement} */ (event.target).closest("input, select, textarea, [role=slider], [tabindex='0']");
    if (typing || event.altKey || event.ctrlKey || event.metaKey || event.shiftKey) return;
    const rel = { ArrowLeft: "prev", ArrowRight: "next" }[event.key];
    const link = rel && /** @type {HTMLAnchorElement | null} */ (main.querySelector(`a[rel=${rel}]`));
    if (link) {
      event.preventDefault();
      link.click();
    }
    if (event.key === "/") {
      const field = /** @type {HTMLElement | null} */ (main.querySelector("input[type=search]") || document.querySelector("#jump input"));
      if (field) {
        event.preventDefault();
        field.focus();
      }
    }
  });
  /** @type {HTMLFormElement} */ (document.getElementById("jump")).addEventListener("submit", (event) => {
    event.preventDefault();
    const text = new FormData(/** @type {HTMLFormElement} */ (event.target)).get("unit");
    const { path } = state.read();
    const words = String(text).trim().split(/[\s:/]+/).filter(Boolean);
    const here = path[0] && checked(path[0]) ? path[0] : studied();
    app.go(words.length > 1 ? words.slice(0, 2) : [here, words[0] || "0"]);
  });

  highlow.load("site", "page/site.js").then((/** @type {any} */ found) => {
    site = found;
    return show().then(ahead);
  }).catch((/** @type {Error} */ error) => main.replaceChildren(h("h1", {}, "Nothing to show"), h("p", {}, error.message)));
})();
