// Shows what becomes of a colour while it is chosen. Without this script a button of the form does the same.

const place = document.querySelector("[data-verdict]");
const field = document.querySelector("[data-colour]");
const button = document.querySelector("[data-preview]");
const WAIT_MS = 200;
let waiting;

async function show() {
  const answer = await fetch(`${place.dataset.verdict}?colour=${encodeURIComponent(field.value)}`);
  if (answer.ok) {
    place.innerHTML = await answer.text();
  }
}

if (place && field) {
  button.hidden = true;
  field.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(show, WAIT_MS);
  });
}
