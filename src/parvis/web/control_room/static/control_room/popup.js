// What a point says when pointed at: its type and state at once, then its name and last facts from the server.

import { maplibre } from "../design/map.js";

const REST_MS = 180;
const FACTS = 4;

const line = (tag, text, className = "") => Object.assign(document.createElement(tag), { textContent: text, className });

function described({ name, type_label: type, state_label: state, commune, facts }) {
  const card = document.createElement("div");
  card.append(line("strong", name), line("p", [type, commune, state].filter(Boolean).join(" · "), "muted"));
  const list = document.createElement("dl");
  list.className = "popup__facts";
  for (const { label, text, unit } of facts.slice(0, FACTS)) list.append(line("dt", label), line("dd", `${text} ${unit}`.trim()));
  if (list.childElementCount) card.append(list);
  return card;
}

export class Pointed {
  popup = new maplibre.Popup({ closeButton: false, closeOnClick: false, offset: 12, maxWidth: "20rem" });

  constructor(map, things, base) {
    Object.assign(this, { map, things, base });
  }

  show(row) {
    if (row === this.row) return;
    this.row = row;
    clearTimeout(this.timer);
    if (row === undefined) {
      this.popup.remove();
      return;
    }
    const { things } = this;
    const text = `${things.types[things.type[row]].label} · ${things.labels[things.state[row]]}`;
    this.popup.setLngLat([things.lon[row], things.lat[row]]).setText(text).addTo(this.map);
    this.timer = setTimeout(() => this.describe(row), REST_MS);
  }

  async describe(row) {
    const answer = await fetch(`${this.base}/${this.things.id[row]}.json`);
    if (answer.ok && row === this.row) this.popup.setDOMContent(described(await answer.json()));
  }
}
