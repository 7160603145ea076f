// Colour scales: viridis for responses, red to blue for weights, as in the figures; both safe for colour-blind readers.
"use strict";

function coloursPart() {
  const VIRIDIS = "440154 482475 414487 355f8d 2a788e 21918c 22a884 44bf70 7ad151 bddf26 fde725";
  const RED_BLUE = "053061 2166ac 4393c3 92c5de d1e5f0 f7f7f7 fddbc7 f4a582 d6604d b2182b 67001f";

  /** @param {string} text */
  const parsed = (text) => text.split(" ").map((hex) => [0, 2, 4].map((start) => parseInt(hex.slice(start, start + 2), 16)));

  /** @param {number[][]} stops @returns {(share: number) => number[]} */
  const scale = (stops) => (share) => {
    const place = Math.min(Math.max(share, 0), 1) * (stops.length - 1);
    const below = Math.min(Math.floor(place), stops.length - 2);
    return stops[below].map((value, channel) => value + (place - below) * (stops[below + 1][channel] - value));
  };

  const response = scale(parsed(VIRIDIS));
  const signed = scale(parsed(RED_BLUE));

  /** @param {(share: number) => number[]} of */
  const gradient = (of) => {
    const parts = Array.from({ length: 11 }, (_, index) => `rgb(${of(index / 10).map(Math.round).join(" ")})`);
    return `linear-gradient(90deg, ${parts.join(", ")})`;
  };

  return {
    /** @param {number} value @param {number} largest */
    response: (value, largest) => response(largest > 0 ? value / largest : 0),
    /** @param {number} value @param {number} largest */
    weight: (value, largest) => signed(largest > 0 ? 0.5 + value / largest / 2 : 0.5),
    responseGradient: gradient(response),
    weightGradient: gradient(signed),
  };
}

highlow.colours = coloursPart();
