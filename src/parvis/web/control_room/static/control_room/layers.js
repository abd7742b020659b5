// The panel of layers: which types and states are on the map, with how many of each.

const number = new Intl.NumberFormat(document.documentElement.lang);

export class LayerPanel {
  constructor(panel, things) {
    this.panel = panel;
    this.things = things;
    const model = panel.querySelector("[data-type-row]").content;
    const rows = panel.querySelector("[data-types]");
    things.types.forEach((type, index) => {
      const row = model.cloneNode(true);
      row.querySelector("input").value = String(index);
      row.querySelector(".swatch").style.setProperty("--swatch", type.colour);
      row.querySelector(".layer__label").textContent = type.plural;
      rows.append(row);
    });
    panel.addEventListener("change", ({ target }) => this.switch(target));
    this.count();
    panel.hidden = false;
  }

  switch({ name, value, checked }) {
    const index = name === "type" ? Number(value) : this.things.states.indexOf(value);
    if (checked) this.things.hidden[name].delete(index);
    else this.things.hidden[name].add(index);
    this.things.paint();
  }

  count() {
    const { types, states } = this.things.counts();
    this.things.states.forEach((name, index) => {
      const cell = this.panel.querySelector(`[data-count-state="${name}"]`);
      if (cell) cell.textContent = number.format(states[index]);
    });
    this.panel.querySelectorAll("[data-types] .layer").forEach((row, index) => {
      row.querySelector(".layer__count").textContent = number.format(types[index].all);
      const alert = row.querySelector(".layer__alert");
      alert.hidden = types[index].troubled === 0;
      alert.textContent = number.format(types[index].troubled);
    });
  }
}
