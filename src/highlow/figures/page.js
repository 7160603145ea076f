// What the article page adds where JavaScript runs; without it every word, number and figure is there all the same.
"use strict";

/** Mark the part that is being read in the contents, and bring its entry into view there. */
(function followReader() {
  const nav = document.querySelector("nav");
  const links = [...nav.querySelectorAll("a")];
  const places = links.map((link) => document.getElementById(decodeURIComponent(link.hash.slice(1))));
  let asked = false;

  /** The last entry whose place is above the upper third of the window: that is where one reads. */
  function current() {
    const end = window.innerHeight + window.scrollY >= document.documentElement.scrollHeight - 2;
    if (end) return links.length - 1;
    const line = window.innerHeight / 3;
    return places.reduce((last, place, index) => (place.getBoundingClientRect().top <= line ? index : last), -1);
  }

  function mark() {
    asked = false;
    const read = links[current()];
    const part = read && read.closest("nav > ol > li");
    nav.querySelectorAll(".open").forEach((item) => item.classList.toggle("open", item === part));
    if (part) part.classList.add("open");
    // On a narrow page the contents list parts only, so that the entry of a figure is hidden.
    const link = read && read.offsetParent === null ? part.querySelector("a") : read;
    if (link && link.hasAttribute("aria-current")) return;
    nav.querySelectorAll("[aria-current]").forEach((item) => item.removeAttribute("aria-current"));
    if (!link) return;
    link.setAttribute("aria-current", "location");
    // Only the contents scroll, never the article.
    const entry = part.getBoundingClientRect();
    const frame = nav.getBoundingClientRect();
    if (entry.left < frame.left || entry.right > frame.right) nav.scrollLeft += entry.left - frame.left - 16;
    const line = link.getBoundingClientRect();
    if (line.top < frame.top || line.bottom > frame.bottom) nav.scrollTop += line.top - frame.top - frame.height / 2;
  }

  function ask() {
    if (!asked) requestAnimationFrame(mark);
    asked = true;
  }
  for (const event of ["scroll", "resize"]) window.addEventListener(event, ask, { passive: true });
  mark();
})();

/** Let the pointer and the arrow keys read the values of maps and curves. */
(function readValues() {
  const said = (value) => (value === null ? "none" : String(value).replace("-", "\u2212"));
  const nearest = (places, place) =>
    places.reduce((best, other, index) => (Math.abs(other - place) < Math.abs(places[best] - place) ? index : best), 0);
  const limited = (index, count) => Math.min(Math.max(index, 0), count - 1);

  function prepare(reader) {
    const { label, box, x, y, series } = JSON.parse(reader.dataset.reading);
    const columns = x.values.length;
    const rows = y ? y.values.length : 1;
    // The strongest response is read first.
    const strongest = series[0].values.reduce((best, value, index, all) => (value > all[best] ? index : best), 0);
    let [row, column] = [Math.floor(strongest / columns), strongest % columns];

    const piece = (name, classes) => {
      const element = document.createElement(name);
      element.className = classes;
      element.setAttribute("aria-hidden", "true"); // the slider itself says it
      reader.append(element);
      return element;
    };
    const up = piece("span", "line up");
    const across = y ? piece("span", "line across") : null;
    const dots = series.map(() => piece("span", "dot"));
    const output = piece("output", "");
    reader.classList.add(y ? "map" : "curve");
    if (box[0] > 0.5) reader.classList.add("right");

    function show() {
      const answers = series.map(({ name, values }) => `${name} ${said(values[row * columns + column])}`);
      const places = [x, ...(y ? [y] : [])].map(({ name, values, unit }, index) =>
        `${name} ${said(values[index ? row : column])}${unit}`);
      const read = [...places, ...answers].join(", ");
      output.textContent = `${label}: ${read}`; // it covers the title of the axes
      up.style.left = `${100 * x.at[column]}%`;
      if (across) across.style.bottom = `${100 * y.at[row]}%`;
      dots.forEach((dot, index) => {
        dot.style.left = up.style.left;
        dot.style.bottom = `${100 * (y ? y.at[row] : series[index].at[column])}%`;
      });
      reader.setAttribute("aria-valuenow", String(row * columns + column));
      reader.setAttribute("aria-valuetext", read);
      reader.classList.add("reading");
    }
    function hide() {
      reader.classList.remove("reading");
    }
    function point(event) {
      const frame = reader.getBoundingClientRect();
      column = nearest(x.at, (event.clientX - frame.left) / frame.width);
      if (y) row = nearest(y.at, (frame.bottom - event.clientY) / frame.height);
      show();
    }
    function press(event) {
      const step = { ArrowLeft: [0, -1], ArrowRight: [0, 1], ArrowDown: [-1, 0], ArrowUp: [1, 0] }[event.key];
      const end = { Home: 0, End: columns - 1 }[event.key];
      if (event.key === "Escape") hide();
      if ((!step && end === undefined) || event.ctrlKey || event.altKey || event.metaKey) return;
      event.preventDefault();
      if (step) [row, column] = [limited(row + (y ? step[0] : 0), rows), limited(column + step[1] + (y ? 0 : step[0]), columns)];
      else column = end;
      show();
    }
    const kind = y ? "map: left and right arrow keys change the first value, up and down the second" : "curve: arrow keys read it";
    for (const [name, value] of Object.entries({
      tabindex: "0", role: "slider", "aria-label": `${label}, ${kind}`,
      "aria-valuemin": "0", "aria-valuemax": String(rows * columns - 1), "aria-valuenow": String(strongest),
    })) reader.setAttribute(name, value);
    for (const name of ["pointermove", "pointerdown"]) reader.addEventListener(name, point);
    reader.addEventListener("pointerleave", () => document.activeElement !== reader && hide());
    reader.addEventListener("focus", show);
    reader.addEventListener("blur", hide);
    reader.addEventListener("keydown", press);
  }

  document.querySelectorAll(".reader").forEach(prepare);
  document.querySelectorAll(".hint").forEach((hint) => { hint.hidden = false; });
})();

/** Lead from units to the explorer, for a reader who came from there: only then it is known to lie beside this page. */
(function linkToExplorer() {
  if (!new URLSearchParams(window.location.search).has("explorer")) return;
  const link = (place, text) => {
    const element = document.createElement("a");
    element.href = `../explorer/index.html#/${place}`;
    element.append(text);
    return element;
  };
  document.querySelectorAll("[data-unit]").forEach((unit) => {
    const leading = link(unit.dataset.unit, unit.textContent);
    leading.title = "Look at this unit in the explorer";
    unit.replaceChildren(leading);
  });
  const back = document.createElement("p");
  back.className = "explorer";
  back.append("Numbers of units are links to ", link("", "the explorer"), ".");
  document.querySelector(".facts").after(back);
})();
