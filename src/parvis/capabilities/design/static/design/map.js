// The one place that makes maps: our outlines as a base when there is no tile server, colours taken from the tokens.

import * as maplibre from "../vendor/maplibre/maplibre-gl.mjs";
import { THEME_CHANGED } from "./theme.js";

export { maplibre };

const FONT = ["Atkinson Hyperlegible Next"];

export const token = (name) => getComputedStyle(document.documentElement).getPropertyValue(`--${name}`).trim();

/** Whether this browser has what maps are drawn with; the libraries only find out by failing. */
export const canDraw = () => Boolean(document.createElement("canvas").getContext("webgl2"));

const stylesheet = document.createElement("link");
stylesheet.rel = "stylesheet";
stylesheet.href = new URL("../vendor/maplibre/maplibre-gl.css", import.meta.url).href;
const styled = new Promise((resolve) => {
  stylesheet.addEventListener("load", resolve);
  stylesheet.addEventListener("error", resolve);
});
document.head.append(stylesheet);

// Each: layer, property, token. Read again whenever the theme changes.
const PAINTS = [
  ["ground", "background-color", "map-ground"],
  ["areas", "fill-color", "map-area"],
  ["borders", "line-color", "map-line"],
  ["names", "text-color", "map-label"],
  ["names", "text-halo-color", "map-area"],
];

function plainStyle(outlines) {
  const points = {
    type: "FeatureCollection",
    features: outlines.features
      .filter(({ properties }) => properties.longitude != null && properties.latitude != null)
      .map(({ properties }) => ({
        type: "Feature",
        properties: { name: properties.name },
        geometry: { type: "Point", coordinates: [properties.longitude, properties.latitude] },
      })),
  };
  return {
    version: 8,
    sources: {
      communes: { type: "geojson", data: outlines },
      names: { type: "geojson", data: points },
    },
    layers: [
      { id: "ground", type: "background" },
      { id: "areas", type: "fill", source: "communes" },
      { id: "borders", type: "line", source: "communes", paint: { "line-width": ["interpolate", ["linear"], ["zoom"], 9, 0.75, 14, 2] } },
      {
        id: "names",
        type: "symbol",
        source: "names",
        layout: {
          "text-field": ["get", "name"],
          "text-font": FONT,
          "text-size": ["interpolate", ["linear"], ["zoom"], 9, 11, 14, 16],
          "text-max-width": 7,
          "text-padding": 6,
        },
        paint: { "text-halo-width": 1.5 },
      },
    ].map((layer) => withColours(layer)),
  };
}

function withColours(layer) {
  const paint = { ...layer.paint };
  for (const [id, property, name] of PAINTS) if (id === layer.id) paint[property] = token(name);
  return { ...layer, paint };
}

/** [[west, south], [east, north]] of a FeatureCollection of polygons. */
export function extent(outlines) {
  const bounds = new maplibre.LngLatBounds();
  const walk = (item) => (typeof item[0] === "number" ? bounds.extend(item) : item.forEach(walk));
  for (const { geometry } of outlines.features) walk(geometry.coordinates);
  return bounds;
}

/** The control writes HTML, and the source of outlines is text somebody typed. */
function escaped(text) {
  const element = document.createElement("span");
  element.textContent = text;
  return element.innerHTML;
}

const french = {
  "AttributionControl.ToggleAttribution": "Afficher les sources",
  "NavigationControl.ResetBearing": "Remettre le nord en haut",
  "NavigationControl.ZoomIn": "Agrandir",
  "NavigationControl.ZoomOut": "Réduire",
  "GeolocateControl.FindMyLocation": "Me localiser",
  "FullscreenControl.Enter": "Plein écran",
  "FullscreenControl.Exit": "Quitter le plein écran",
  "Map.Title": "Carte",
  "ScaleControl.Meters": "m",
  "ScaleControl.Kilometers": "km",
};

/**
 * `outlines`: URL of the communes' GeoJSON. `styleUrl`: a MapLibre style of a tile server, or nothing.
 * Resolves as soon as layers can be added, to { map, outlines }.
 */
export async function createMap(container, { outlines: outlinesUrl, styleUrl = "", ...options }) {
  const [outlines] = await Promise.all([
    fetch(outlinesUrl).then((answer) => {
      if (!answer.ok) throw new Error(`${outlinesUrl}: ${answer.status}`);
      return answer.json();
    }),
    styled,
    document.fonts.load('16px "Atkinson Hyperlegible Next"'),
  ]);
  const map = new maplibre.Map({
    container,
    style: styleUrl || plainStyle(outlines),
    bounds: outlines.features.length ? extent(outlines) : undefined,
    fitBoundsOptions: { padding: 24 },
    attributionControl: { compact: Boolean(styleUrl), customAttribution: escaped(outlines.attribution ?? "") },
    dragRotate: false,
    pitchWithRotate: false,
    touchPitch: false,
    maxZoom: 19,
    locale: document.documentElement.lang === "fr" ? french : undefined,
    fadeDuration: matchMedia("(prefers-reduced-motion: reduce)").matches ? 0 : 200,
    ...options,
  });
  map.touchZoomRotate.disableRotation();
  // Not "load": that waits for every tile to be drawn, and layers can be added well before.
  await new Promise((resolve) => map.once("style.load", resolve));
  const recolour = () => {
    for (const [layer, property, name] of PAINTS) {
      if (map.getLayer(layer) && !styleUrl) map.setPaintProperty(layer, property, token(name));
    }
  };
  document.addEventListener(THEME_CHANGED, recolour);
  map.once("remove", () => document.removeEventListener(THEME_CHANGED, recolour));
  return { map, outlines };
}
