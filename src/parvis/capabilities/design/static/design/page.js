// Wakes the components a page holds; each is loaded only where it is used.

import "./theme.js";
import "./toggle.js";

const components = {
  "[data-picker]": () => import("./picker.js"),
  "[data-map-static][data-style-url]": () => import("./static-map.js"),
  "input[data-photo]": () => import("./photo.js"),
};

for (const [selector, load] of Object.entries(components)) {
  const found = document.querySelectorAll(selector);
  if (found.length) {
    const { start } = await load();
    found.forEach(start);
  }
}
