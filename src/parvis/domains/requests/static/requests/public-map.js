// The public list as points on a map. The list below it says the same in words; without WebGL the list stands alone.

import { canDraw, createMap, maplibre, token } from "../design/map.js";
import { THEME_CHANGED } from "../design/theme.js";

const COLOURS = { received: "info", accepted: "info", in_progress: "warning", done: "success", refused: "state-off" };
const view = document.querySelector("[data-requests-map]");

const colour = () => ["match", ["get", "state"], ...Object.entries(COLOURS).flatMap(([state, name]) => [state, token(name)]), token("info")];

function told({ category, label, number, on }) {
  const text = document.createElement("p");
  const title = document.createElement("strong");
  title.textContent = category;
  const day = new Date(`${on}T12:00:00`).toLocaleDateString(document.documentElement.lang);
  text.append(title, document.createElement("br"), `${label} · ${day} · ${number}`);
  return text;
}

async function draw() {
  view.hidden = false;
  const canvas = document.createElement("div");
  canvas.className = "map__canvas";
  view.append(canvas);
  const [{ map }, points] = await Promise.all([
    createMap(canvas, { outlines: view.dataset.outlines, styleUrl: view.dataset.styleUrl, cooperativeGestures: true }),
    fetch(view.dataset.points).then((answer) => answer.json()),
  ]);
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addSource("requests", { type: "geojson", data: points });
  map.addLayer({
    id: "requests",
    type: "circle",
    source: "requests",
    paint: {
      "circle-color": colour(),
      "circle-radius": ["interpolate", ["linear"], ["zoom"], 9, 4, 15, 9],
      "circle-stroke-width": 1.5,
      "circle-stroke-color": token("paper"),
    },
  });
  document.addEventListener(THEME_CHANGED, () => {
    map.setPaintProperty("requests", "circle-color", colour());
    map.setPaintProperty("requests", "circle-stroke-color", token("paper"));
  });
  map.on("click", "requests", ({ features, lngLat }) =>
    new maplibre.Popup({ maxWidth: "18rem" }).setLngLat(lngLat).setDOMContent(told(features[0].properties)).addTo(map),
  );
  map.on("mouseenter", "requests", () => (map.getCanvas().style.cursor = "pointer"));
  map.on("mouseleave", "requests", () => (map.getCanvas().style.cursor = ""));
}

if (view && canDraw()) {
  draw().catch(() => {
    view.hidden = true;
  });
}
