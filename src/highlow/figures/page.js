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
