// The preview of a mapping follows what one types. Without this script a button of the form does the same.

const form = document.querySelector("form[data-preview-url]");
const WAIT_MS = 250;
let waiting;
let asked = 0;

async function show() {
  const place = form.querySelector("[data-preview]");
  const number = ++asked;
  const body = new FormData(form);
  body.set("preview", "1");
  const answer = await fetch(form.dataset.previewUrl, { method: "POST", body });
  if (!answer.ok || number !== asked) return; // a later question is under way
  const text = await answer.text();
  if (number === asked) place.innerHTML = text;
}

if (form) {
  form.querySelector("[data-preview-button]").hidden = true;
  form.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(() => show().catch(() => {}), WAIT_MS);
  });
}
