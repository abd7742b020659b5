// The alarms beside the map: the server draws the list, this fetches it again when one changes and rings them on the map.

import { listen } from "../design/live.js";
import { token } from "../design/map.js";
import { SHAPE, PointLayer, rgb } from "../design/points.js";

const REFRESH_MS = 400;
const NEW = "active_unacknowledged";

export class Alarms {
  constructor({ side, announce, sideUrl, liveUrl, words }) {
    Object.assign(this, { side, announce, sideUrl, words });
    this.layer = new PointLayer("alarms", () => token("map-ground"));
    this.ring();
    const soon = () => this.refreshSoon();
    listen(liveUrl, { alarm: (alarm) => this.hear(alarm), resync: soon }, null, soon);
  }

  hear(alarm) {
    if (alarm.state === NEW) this.announce.textContent = `${this.words.newAlarm} ${alarm.title}`;
    this.refreshSoon();
  }

  refreshSoon() {
    this.timer ??= setTimeout(() => {
      this.timer = undefined;
      this.refresh();
    }, REFRESH_MS);
  }

  async refresh() {
    const answer = await fetch(this.sideUrl);
    if (!answer.ok) return;
    this.side.innerHTML = await answer.text(); // a template of our own server, which escapes
    this.ring();
  }

  /** Around the place of each alarm of the list that has one. */
  ring() {
    const items = [...this.side.querySelectorAll("[data-longitude][data-latitude]")];
    this.layer.place(
      items.map((item) => Number(item.dataset.longitude)),
      items.map((item) => Number(item.dataset.latitude)),
    );
    this.paint();
  }

  paint() {
    const colour = rgb(token("state-fault"));
    for (let row = 0; row < this.layer.x.length; row += 1) this.layer.paint(row, colour, SHAPE.RING);
    this.layer.show();
  }
}
