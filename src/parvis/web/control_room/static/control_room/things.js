// The things on the map: the columns the server sent, what is hidden, and how each is drawn.
//
// Those in order are small dots in the colour of their type; those in trouble are larger, in the colour of their state.

import { token } from "../design/map.js";
import { SHAPE, PointLayer, rgb } from "../design/points.js";

const SHAPES = { warning: SHAPE.TRIANGLE, fault: SHAPE.SQUARE };

export class Things {
  constructor(columns) {
    Object.assign(this, columns);
    this.row = new Map(this.id.map((id, row) => [id, row]));
    this.hidden = { type: new Set(), state: new Set() };
    this.shapes = this.states.map((name) => SHAPES[name] ?? SHAPE.DOT);
    this.layer = new PointLayer("things", () => token("map-ground"));
    this.layer.place(this.lon, this.lat);
    this.paint();
  }

  /** Everything again: the theme or the filters changed. */
  paint() {
    const ofType = this.types.map(({ colour }) => rgb(colour));
    const ofState = this.states.map((name) => rgb(token(`state-${name}`)));
    // A working thing is told by its type; any other state has a colour of its own.
    this.colour = (row) => (this.states[this.state[row]] === "ok" ? ofType[this.type[row]] : ofState[this.state[row]]);
    for (let row = 0; row < this.id.length; row += 1) this.paintRow(row);
    this.layer.show();
  }

  paintRow(row) {
    const isHidden = this.hidden.type.has(this.type[row]) || this.hidden.state.has(this.state[row]);
    this.layer.paint(row, this.colour(row), isHidden ? SHAPE.HIDDEN : this.shapes[this.state[row]]);
  }

  /** `states`: numbers in `this.states`. Unknown ids are things this page has not loaded: left to the next full load. */
  take(ids, states) {
    ids.forEach((id, index) => {
      const row = this.row.get(id);
      if (row === undefined) return;
      this.state[row] = states[index];
      this.paintRow(row);
    });
    this.layer.show();
  }

  /** How many of each type, of which in trouble, and of each state. */
  counts() {
    const types = this.types.map(() => ({ all: 0, troubled: 0 }));
    const states = this.states.map(() => 0);
    for (let row = 0; row < this.id.length; row += 1) {
      states[this.state[row]] += 1;
      types[this.type[row]].all += 1;
      if (this.shapes[this.state[row]] !== SHAPE.DOT) types[this.type[row]].troubled += 1;
    }
    return { types, states };
  }
}
