// The fleet on a map: each device in the colour and the shape of its health, gateways as rings. The lists say the same in words.

import { canDraw, createMap, maplibre, token } from "../design/map.js";
import { PointLayer, SHAPE, rgb } from "../design/points.js";
import { THEME_CHANGED } from "../design/theme.js";

const REACH_PX = 10;
const REST_MS = 150;
const MANY = 5000; // dots of the usual size; below, there is room for larger ones
const LOOKS = {
  ok: ["state-ok", SHAPE.DOT],
  never: ["state-unknown", SHAPE.DOT],
  disabled: ["state-off", SHAPE.DOT],
  battery_ending: ["state-warning", SHAPE.TRIANGLE],
  low_battery: ["state-warning", SHAPE.TRIANGLE],
  gateway_silent: ["state-fault", SHAPE.TRIANGLE],
  silent: ["state-fault", SHAPE.SQUARE],
};

const view = document.querySelector("[data-fleet-map]");

function text(tag, content, className = "") {
  return Object.assign(document.createElement(tag), { textContent: content, className });
}

class Fleet {
  constructor(columns) {
    Object.assign(this, columns);
    const ground = () => token("map-ground");
    const dots = this.id.length > MANY ? {} : { [SHAPE.DOT]: [6, 16] };
    this.devices = new PointLayer("devices", ground, dots);
    this.rings = new PointLayer("gateways", ground);
    this.devices.place(this.lon, this.lat);
    this.rings.place(this.gateways.map(({ lon }) => lon), this.gateways.map(({ lat }) => lat));
    this.paint();
  }

  paint() {
    const looks = this.healths.map((name) => [rgb(token(LOOKS[name][0])), LOOKS[name][1]]);
    this.health.forEach((health, row) => this.devices.paint(row, ...looks[health]));
    const [well, silent] = [rgb(token("brand-strong")), rgb(token("state-fault"))];
    this.gateways.forEach((gateway, row) => this.rings.paint(row, gateway.silent ? silent : well, SHAPE.RING));
    this.devices.show();
    this.rings.show();
  }

  /** What is under a pixel: devices before gateways. */
  at(point) {
    const device = this.devices.at(point, REACH_PX);
    if (device !== undefined) return { url: `device ${device}`, device };
    const gateway = this.rings.at(point, REACH_PX);
    return gateway === undefined ? undefined : { url: `gateway ${gateway}`, gateway };
  }

  place({ device, gateway }) {
    return device === undefined ? [this.gateways[gateway].lon, this.gateways[gateway].lat] : [this.lon[device], this.lat[device]];
  }

  page({ device, gateway }) {
    return device === undefined
      ? view.dataset.gateway.replace("/0", `/${this.gateways[gateway].id}`)
      : view.dataset.device.replace("/0", `/${this.id[device]}`);
  }

  words({ device, gateway }) {
    return device === undefined ? this.gateways[gateway].name : this.labels[this.health[device]];
  }
}

class Pointed {
  popup = new maplibre.Popup({ closeButton: false, closeOnClick: false, offset: 12, maxWidth: "18rem" });

  constructor(map, fleet) {
    Object.assign(this, { map, fleet });
  }

  show(found) {
    if (found?.url === this.found?.url) return;
    this.found = found;
    clearTimeout(this.timer);
    if (!found) {
      this.popup.remove();
      return;
    }
    this.popup.setLngLat(this.fleet.place(found)).setText(this.fleet.words(found)).addTo(this.map);
    if (found.device !== undefined) this.timer = setTimeout(() => this.describe(found), REST_MS);
  }

  async describe(found) {
    const answer = await fetch(view.dataset.card.replace("/0.", `/${this.fleet.id[found.device]}.`));
    if (!answer.ok || found.url !== this.found?.url) return;
    const { name, lines } = await answer.json();
    const card = document.createElement("div");
    card.append(text("strong", name), ...lines.map((line) => text("p", line, "muted")));
    this.popup.setDOMContent(card);
  }
}

async function draw() {
  view.hidden = false;
  const canvas = document.createElement("div");
  canvas.className = "map__canvas";
  view.append(canvas);
  const [{ map }, columns] = await Promise.all([
    createMap(canvas, { outlines: view.dataset.outlines, styleUrl: view.dataset.styleUrl, cooperativeGestures: true }),
    fetch(view.dataset.positions).then((answer) => answer.json()),
  ]);
  const fleet = new Fleet(columns);
  map.addLayer(fleet.rings);
  map.addLayer(fleet.devices);
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  document.addEventListener(THEME_CHANGED, () => fleet.paint());
  const pointed = new Pointed(map, fleet);
  map.on("mousemove", ({ point }) => {
    const found = fleet.at(point);
    map.getCanvas().style.cursor = found ? "pointer" : "";
    pointed.show(found);
  });
  map.on("mouseout", () => pointed.show(undefined));
  map.on("click", ({ point }) => {
    const found = fleet.at(point);
    if (found) location.assign(fleet.page(found));
  });
  map.once("idle", () => {
    view.dataset.ready = "";
  });
}

if (view && canDraw()) {
  draw().catch((error) => {
    view.hidden = true;
    throw error;
  });
}
