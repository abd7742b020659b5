// The live map of the control room.

import { listen } from "../design/live.js";
import { canDraw, createMap, maplibre } from "../design/map.js";
import { THEME_CHANGED } from "../design/theme.js";
import { Alarms } from "./alarms.js";
import { LayerPanel } from "./layers.js";
import { Pointed } from "./popup.js";
import { Things } from "./things.js";

const REACH_PX = 9;
const COUNT_MS = 500;

const view = document.querySelector("[data-room-map]");
const live = document.querySelector("[data-live]");
const words = JSON.parse(document.getElementById("room-words").textContent);

const canvas = document.createElement("div");
canvas.className = "room__canvas";
view.append(canvas);

async function fetchThings() {
  const answer = await fetch(view.dataset.things);
  if (!answer.ok) throw new Error(`${view.dataset.things}: ${answer.status}`);
  return answer.json();
}

function openOnClick(map, things) {
  const pointed = new Pointed(map, things, view.dataset.details);
  map.on("mousemove", ({ point }) => {
    const row = things.layer.at(point, REACH_PX);
    map.getCanvas().style.cursor = row === undefined ? "" : "pointer";
    pointed.show(row);
  });
  map.on("mouseout", () => pointed.show(undefined));
  map.on("click", ({ point }) => {
    const row = things.layer.at(point, REACH_PX);
    if (row !== undefined) location.assign(view.dataset.entity.replace("URN", encodeURI(things.urn[row])));
  });
}

function followThings(things, panel) {
  let timer;
  const take = (ids, states) => {
    things.take(ids, states);
    timer ??= setTimeout(() => {
      timer = undefined;
      panel.count();
    }, COUNT_MS);
  };
  const again = async () => {
    const { id, state } = await fetchThings();
    take(id, state);
  };
  listen(view.dataset.liveThings, { things: ({ id, state }) => take(id, state), resync: again }, live, again);
}

async function showMap(alarms) {
  const wanted = fetchThings();
  const { map } = await createMap(canvas, { outlines: view.dataset.outlines, styleUrl: view.dataset.styleUrl });
  const things = new Things(await wanted);
  map.addLayer(things.layer, map.getLayer("names") ? "names" : undefined);
  map.addLayer(alarms.layer);
  map.once("render", () => {
    view.dataset.ready = String(Math.round(performance.now()));
  });

  const panel = new LayerPanel(document.querySelector("[data-layers]"), things);
  document.querySelector("[data-layers-fallback]").hidden = true;
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl(), "bottom-left");
  document.addEventListener(THEME_CHANGED, () => {
    things.paint();
    alarms.paint();
  });
  openOnClick(map, things);
  followThings(things, panel);
}

// The list of alarms lives without the map: a control room whose graphics card fails still hears what happens.
const alarms = new Alarms({
  side: document.querySelector("[data-room-side]"),
  announce: document.querySelector("[data-announce]"),
  sideUrl: view.dataset.side,
  liveUrl: view.dataset.liveAlarms,
  words,
});

try {
  if (canDraw()) await showMap(alarms);
  else live.textContent = words.noMap;
} catch (error) {
  live.dataset.state = "lost";
  live.textContent = words.unavailable;
  throw error;
}
