// Replaces the drawing of the territory by a street map, where the deployment has a tile server.

import { canDraw, createMap, maplibre, token } from "./map.js";

const STREET_ZOOM = 15;

export async function start(view) {
  if (!canDraw()) return;
  const at = [Number(view.dataset.longitude), Number(view.dataset.latitude)];
  const canvas = document.createElement("div");
  canvas.className = "map-static__canvas";
  view.append(canvas);
  const { map } = await createMap(canvas, {
    outlines: view.dataset.outlines,
    styleUrl: view.dataset.styleUrl,
    bounds: undefined,
    center: at,
    zoom: STREET_ZOOM,
    cooperativeGestures: true,
  });
  new maplibre.Marker({ color: token("brand") }).setLngLat(at).addTo(map);
}
