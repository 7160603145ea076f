// What is shown, as an address: #/mixed3a/147?o=90&r=3 shows the same thing wherever it is opened.
"use strict";

function statePart() {
  /** @typedef {{path: string[], query: Object<string, string>}} State */

  /** @returns {State} */
  function read() {
    const [path, query = ""] = location.hash.replace(/^#\/?/, "").split("?");
    return {
      path: path.split("/").filter(Boolean).map(decodeURIComponent),
      query: Object.fromEntries(new URLSearchParams(query)),
    };
  }

  /** @param {string[]} path @param {Object<string, any>} [query] values that are empty are left out */
  function address(path, query = {}) {
    const kept = Object.entries(query).filter(([, value]) => value !== "" && value !== null && value !== undefined);
    const words = new URLSearchParams(kept.map(([key, value]) => [key, String(value)])).toString();
    return `#/${path.map(encodeURIComponent).join("/")}${words ? `?${words.replace(/%2C/g, ",").replace(/%3A/g, ":")}` : ""}`;
  }

  /** Change some of the query, without a new entry in the history. @param {Object<string, any>} changes */
  function amend(changes) {
    const { path, query } = read();
    history.replaceState(null, "", address(path, { ...query, ...changes }));
  }

  /** The part of a query that says which units are listed, and in which order. @param {Object<string, string>} query */
  function listing(query) {
    const kept = ["sort", "up", "branch", "verdict", "kind", "towards", "control", "most", "find"];
    return Object.fromEntries(kept.filter((key) => key in query).map((key) => [key, query[key]]));
  }

  return { read, address, amend, listing };
}

highlow.state = statePart();
