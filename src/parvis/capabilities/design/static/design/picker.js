// Choosing a place: by touch, by mouse, by keyboard, by position, or by typing coordinates. Everything ends in the two
// hidden fields of the form; without this script the address in words and the commune stand alone.

import { canDraw, createMap, maplibre, token } from "./map.js";

const STEP_PX = 10;
const FAST = 8;
const FOUND_ZOOM = 16;
const DECIMALS = 6;
const ARROWS = { ArrowLeft: [-1, 0], ArrowRight: [1, 0], ArrowUp: [0, -1], ArrowDown: [0, 1] };

const round = (degrees) => Number(degrees.toFixed(DECIMALS));

export async function start(picker) {
  const live = picker.querySelector("[data-picker-live]");
  const [longitude, latitude] = picker.querySelectorAll('input[type="hidden"]');
  const typed = { longitude: picker.querySelector("[data-picker-longitude]"), latitude: picker.querySelector("[data-picker-latitude]") };
  const status = picker.querySelector("[data-picker-status]");
  const view = picker.querySelector("[data-picker-map]");
  const locate = picker.querySelector("[data-picker-locate]");
  live.hidden = false;

  let map;
  let marker;

  const isPlaced = () => longitude.value !== "" && latitude.value !== "";

  function place(lon, lat, { move = false, zoom = 0 } = {}) {
    longitude.value = typed.longitude.value = String(round(lon));
    latitude.value = typed.latitude.value = String(round(lat));
    status.textContent = picker.dataset.textChosen;
    picker.dispatchEvent(new CustomEvent("parvis:placed", { bubbles: true, detail: { longitude: round(lon), latitude: round(lat) } }));
    if (!map) return;
    if (!marker) {
      marker = new maplibre.Marker({ color: token("brand-strong"), draggable: true }).setLngLat([lon, lat]).addTo(map);
      marker.on("dragend", () => place(marker.getLngLat().lng, marker.getLngLat().lat));
    }
    marker.setLngLat([lon, lat]);
    marker.getElement().setAttribute("aria-hidden", "true");
    marker.getElement().removeAttribute("tabindex");
    if (move) map.jumpTo({ center: [lon, lat], zoom: Math.max(map.getZoom(), zoom) });
    else if (!map.getBounds().contains([lon, lat])) map.panTo([lon, lat]);
  }

  for (const input of Object.values(typed)) {
    input.addEventListener("change", () => {
      if (typed.longitude.value && typed.latitude.value && typed.longitude.validity.valid && typed.latitude.validity.valid) {
        place(Number(typed.longitude.value), Number(typed.latitude.value), { move: true, zoom: FOUND_ZOOM });
      }
    });
  }

  locate.hidden = !("geolocation" in navigator);
  locate.addEventListener("click", () => {
    status.textContent = picker.dataset.textLocating;
    navigator.geolocation.getCurrentPosition(
      ({ coords }) => place(coords.longitude, coords.latitude, { move: true, zoom: FOUND_ZOOM }),
      () => {
        status.textContent = picker.dataset.textDenied;
      },
      { enableHighAccuracy: true, timeout: 15_000, maximumAge: 60_000 },
    );
  });

  // A photo read by the form, or any other script of the page, may propose a place.
  picker.addEventListener("parvis:place", ({ detail }) =>
    place(detail.longitude, detail.latitude, { move: true, zoom: FOUND_ZOOM }),
  );

  // Without a map, the position, the coordinates and the address in words remain.
  if (!canDraw()) {
    view.hidden = true;
    return;
  }
  const canvas = document.createElement("div");
  canvas.className = "map__canvas";
  view.append(canvas);
  try {
    ({ map } = await createMap(canvas, {
      outlines: picker.dataset.outlines,
      styleUrl: picker.dataset.styleUrl,
      keyboard: false,
      interactive: true,
    }));
  } catch {
    view.hidden = true;
    return;
  }
  canvas.querySelector("canvas").tabIndex = -1;
  map.addControl(new maplibre.NavigationControl({ showCompass: false }));
  map.on("click", ({ lngLat }) => place(lngLat.lng, lngLat.lat));

  view.addEventListener("keydown", (event) => {
    if (event.target !== view) return;
    if (event.key in ARROWS) {
      const step = STEP_PX * (event.shiftKey ? FAST : 1);
      const [x, y] = ARROWS[event.key];
      const from = isPlaced() ? map.project([Number(longitude.value), Number(latitude.value)]) : map.project(map.getCenter());
      const moved = map.unproject([from.x + x * step, from.y + y * step]);
      place(moved.lng, moved.lat);
    } else if (event.key === "Enter" && !isPlaced()) {
      place(map.getCenter().lng, map.getCenter().lat);
    } else if (event.key === "+" || event.key === "=") {
      map.zoomTo(map.getZoom() + 1, { around: isPlaced() ? [Number(longitude.value), Number(latitude.value)] : map.getCenter() });
    } else if (event.key === "-") {
      map.zoomTo(map.getZoom() - 1);
    } else {
      return;
    }
    event.preventDefault();
  });

  if (isPlaced()) place(Number(longitude.value), Number(latitude.value), { move: true, zoom: FOUND_ZOOM });
}
