// The live map: tens of thousands of points, of which only the few that matter should catch the eye.
//
// Points in order are small and take their type's colour; those in trouble are drawn again above, larger, in the colour of
// their state. A change of state moves no geometry: it is a feature state of the big layer, and the small layer is rebuilt.

import { createMap, maplibre, token } from "../design/map.js";
import { listen } from "../design/live.js";

const LOUD = ["warning", "fault"];
const SHOWN_HALF = 8;
const REBUILD_MS = 250;
const SIDE_MS = 400;

const view = document.querySelector("[data-room-map]");
const panel = document.querySelector("[data-layers]");
const words = JSON.parse(document.getElementById("room-words").textContent);
const number = new Intl.NumberFormat(document.documentElement.lang);

const canvas = document.createElement("div");
canvas.className = "room__canvas";
view.append(canvas);

const thingsWanted = fetchThings();
const mapWanted = createMap(canvas, { outlines: view.dataset.outlines, styleUrl: view.dataset.styleUrl });

async function fetchThings() {
  const answer = await fetch(view.dataset.things);
  if (!answer.ok) throw new Error(`${answer.status}`);
  return answer.json();
}

/** The columns as received, with what the screen needs beside. */
class Things {
  constructor(columns) {
    Object.assign(this, columns);
    this.row = new Map(this.id.map((id, row) => [id, row]));
    this.loud = new Set(LOUD.map((name) => this.states.indexOf(name)));
    this.hiddenTypes = new Set();
    this.hiddenStates = new Set();
  }

  feature(row) {
    return {
      type: "Feature",
      id: this.id[row],
      properties: { t: this.type[row], s: this.state[row] },
      geometry: { type: "Point", coordinates: [this.lon[row], this.lat[row]] },
    };
  }

  all() {
    const features = [];
    for (let row = 0; row < this.id.length; row += 1) features.push(this.feature(row));
    return { type: "FeatureCollection", features };
  }

  troubled() {
    const features = [];
    for (let row = 0; row < this.id.length; row += 1) {
      if (this.loud.has(this.state[row]) && this.isShown(row)) features.push(this.feature(row));
    }
    return { type: "FeatureCollection", features };
  }

  isShown(row) {
    return !this.hiddenTypes.has(this.type[row]) && !this.hiddenStates.has(this.state[row]);
  }

  counts() {
    const byType = this.types.map(() => ({ all: 0, loud: 0 }));
    const byState = this.states.map(() => 0);
    for (let row = 0; row < this.id.length; row += 1) {
      byState[this.state[row]] += 1;
      byType[this.type[row]].all += 1;
      if (this.loud.has(this.state[row])) byType[this.type[row]].loud += 1;
    }
    return { byType, byState };
  }
}

const stateNow = ["coalesce", ["feature-state", "s"], ["get", "s"]];

const match = (input, values, fallback) => (values.length ? ["match", input, ...values.flat(), fallback] : fallback);

const byZoom = (...stops) => ["interpolate", ["exponential", 1.4], ["zoom"], ...stops.flat()];

function colours(things) {
  const unknown = token("state-unknown");
  const off = things.states.indexOf("off");
  const silent = things.states.indexOf("unknown");
  const ofType = match(["get", "t"], things.types.map((type, index) => [index, type.colour]), unknown);
  return {
    quiet: ["case", ["==", stateNow, silent], unknown, ["==", stateNow, off], token("state-off"), ofType],
    loud: match(["get", "s"], things.states.map((name, index) => [index, token(`state-${name}`)]), unknown),
  };
}

function opacity(things) {
  const hidden = [...things.hiddenStates, ...things.loud];
  const visible = ["case", ["in", stateNow, ["literal", hidden]], 0, 0.85];
  return things.hiddenTypes.size ? ["case", ["in", ["get", "t"], ["literal", [...things.hiddenTypes]]], 0, visible] : visible;
}

function addLayers(map, things) {
  const paint = colours(things);
  map.addSource("things", { type: "geojson", data: things.all(), maxzoom: 14, buffer: 8, tolerance: 0 });
  map.addSource("troubled", { type: "geojson", data: things.troubled(), buffer: 32 });
  map.addSource("alarms", { type: "geojson", data: alarmsOfList() });
  map.addLayer({
    id: "things",
    type: "circle",
    source: "things",
    paint: {
      "circle-radius": byZoom([9, 0.9], [12, 1.8], [15, 4.5], [18, 9]),
      "circle-color": paint.quiet,
      "circle-opacity": opacity(things),
    },
  }, map.getLayer("names") ? "names" : undefined);
  map.addLayer({
    id: "alarms",
    type: "circle",
    source: "alarms",
    paint: {
      "circle-radius": byZoom([9, 10], [15, 20]),
      "circle-color": "transparent",
      "circle-stroke-width": 2,
      "circle-stroke-color": token("state-fault"),
    },
  });
  map.addLayer({
    id: "troubled",
    type: "circle",
    source: "troubled",
    layout: { "circle-sort-key": ["get", "s"] },
    paint: {
      "circle-radius": byZoom([9, 3.5], [12, 5], [15, 8], [18, 12]),
      "circle-color": paint.loud,
      "circle-stroke-color": token("map-ground"),
      "circle-stroke-width": 1.5,
    },
  });
}

function recolour(map, things) {
  const paint = colours(things);
  map.setPaintProperty("things", "circle-color", paint.quiet);
  map.setPaintProperty("troubled", "circle-color", paint.loud);
  map.setPaintProperty("troubled", "circle-stroke-color", token("map-ground"));
  map.setPaintProperty("alarms", "circle-stroke-color", token("state-fault"));
}

/** The alarms of the list beside the map that have a place. */
function alarmsOfList() {
  const features = [...document.querySelectorAll("[data-room-side] [data-longitude][data-latitude]")].map((item) => ({
    type: "Feature",
    properties: {},
    geometry: { type: "Point", coordinates: [Number(item.dataset.longitude), Number(item.dataset.latitude)] },
  }));
  return { type: "FeatureCollection", features };
}

function showCounts(things) {
  const { byType, byState } = things.counts();
  things.states.forEach((name, index) => {
    const cell = panel.querySelector(`[data-count-state="${name}"]`);
    if (cell) cell.textContent = number.format(byState[index]);
  });
  panel.querySelectorAll("[data-types] .layer").forEach((row, index) => {
    row.querySelector(".layer__count").textContent = number.format(byType[index].all);
    const alert = row.querySelector(".layer__alert");
    alert.hidden = byType[index].loud === 0;
    alert.textContent = number.format(byType[index].loud);
  });
}

function buildLayers(things, changed) {
  const model = panel.querySelector("[data-type-row]").content;
  const rows = panel.querySelector("[data-types]");
  things.types.forEach((type, index) => {
    const row = model.cloneNode(true);
    row.querySelector("input").value = String(index);
    row.querySelector(".swatch").style.setProperty("--swatch", type.colour);
    row.querySelector(".layer__label").textContent = type.plural;
    rows.append(row);
  });
  panel.addEventListener("change", ({ target }) => {
    const [hidden, value] =
      target.name === "type" ? [things.hiddenTypes, Number(target.value)] : [things.hiddenStates, things.states.indexOf(target.value)];
    if (target.checked) hidden.delete(value);
    else hidden.add(value);
    changed();
  });
  document.querySelector("[data-layers-fallback]").hidden = true;
  panel.hidden = false;
}

/** At most once in `ms`, the last call winning. */
function atMost(ms, action) {
  let timer = 0;
  return () => {
    timer ||= setTimeout(() => {
      timer = 0;
      action();
    }, ms);
  };
}

function openOnClick(map, things) {
  const popup = new maplibre.Popup({ closeButton: false, closeOnClick: false, offset: 10 });
  const at = ({ x, y }) => {
    const box = [
      [x - SHOWN_HALF, y - SHOWN_HALF],
      [x + SHOWN_HALF, y + SHOWN_HALF],
    ];
    const found = map.queryRenderedFeatures(box, { layers: ["troubled", "things"] });
    return found.map((feature) => things.row.get(feature.id)).find((row) => row !== undefined && things.isShown(row));
  };
  map.on("mousemove", ({ point }) => {
    const row = at(point);
    map.getCanvas().style.cursor = row === undefined ? "" : "pointer";
    if (row === undefined) {
      popup.remove();
      return;
    }
    const text = `${things.types[things.type[row]].label} – ${words.states[things.states[things.state[row]]]}`;
    popup.setLngLat([things.lon[row], things.lat[row]]).setText(text).addTo(map);
  });
  map.on("click", ({ point }) => {
    const row = at(point);
    if (row !== undefined) location.assign(view.dataset.entity.replace("URN", encodeURI(things.urn[row])));
  });
}

function followAlarms(map) {
  const side = document.querySelector("[data-room-side]");
  const announce = document.querySelector("[data-announce]");
  const refresh = atMost(SIDE_MS, async () => {
    const answer = await fetch(view.dataset.side);
    if (!answer.ok) return;
    side.innerHTML = await answer.text(); // our own server's template, escaped there
    map.getSource("alarms").setData(alarmsOfList());
  });
  listen(
    view.dataset.liveAlarms,
    {
      alarm: (alarm) => {
        if (alarm.state === "active_unacknowledged") announce.textContent = `${words.newAlarm} ${alarm.title}`;
        refresh();
      },
    },
    null,
    refresh,
  );
}

function followThings(map, things) {
  const rebuild = atMost(REBUILD_MS, () => {
    map.getSource("troubled").setData(things.troubled());
    showCounts(things);
  });
  const take = (ids, states) => {
    ids.forEach((id, index) => {
      const row = things.row.get(id);
      if (row === undefined || things.state[row] === states[index]) return;
      things.state[row] = states[index];
      map.setFeatureState({ source: "things", id }, { s: states[index] });
    });
    rebuild();
  };
  // Names or numbers: the door may send either form of a state.
  const numbered = (states) => states.map((state) => (typeof state === "string" ? things.states.indexOf(state) : state));
  listen(view.dataset.liveThings, { things: ({ id, state }) => take(id, numbered(state)) }, document.querySelector("[data-live]"), async () => {
    const fresh = await fetchThings();
    take(fresh.id, fresh.state);
  });
}

try {
  const things = new Things(await thingsWanted);
  const { map } = await mapWanted;
  const repaint = () => {
    map.setPaintProperty("things", "circle-opacity", opacity(things));
    map.getSource("troubled").setData(things.troubled());
  };
  addLayers(map, things);
  buildLayers(things, repaint);
  showCounts(things);
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.addControl(new maplibre.ScaleControl(), "bottom-left");
  document.addEventListener("parvis:theme", () => recolour(map, things));
  openOnClick(map, things);
  followThings(map, things);
  followAlarms(map);
  map.once("idle", () => {
    view.dataset.ready = String(Math.round(performance.now()));
  });
} catch (error) {
  document.querySelector("[data-live]").dataset.state = "lost";
  document.querySelector("[data-live]").textContent = words.unavailable;
  throw error;
}
