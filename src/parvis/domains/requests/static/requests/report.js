// Comfort on the report form; without it the same form does the same work.
// The photo is sent while the rest is typed, and says where it was taken; what is already known nearby is shown.

const form = document.querySelector("[data-report]");
const picker = form.querySelector("[data-picker]");
const nearby = form.querySelector("[data-report-near]");
const NEAR_DELAY_MS = 300;

// --- What is already reported around -----------------------------------------------------------------------

let asked = 0;
let timer;

async function showNearby() {
  const category = form.querySelector('input[name="category"]:checked');
  const { longitude, latitude } = form.elements;
  if (!category || !longitude.value || !latitude.value) return;
  const rank = ++asked;
  const query = new URLSearchParams({ category: category.value, longitude: longitude.value, latitude: latitude.value });
  try {
    const answer = await fetch(`${form.dataset.nearUrl}?${query}`);
    const html = answer.ok ? await answer.text() : "";
    if (rank === asked) nearby.innerHTML = html;
  } catch {
    // Offline: the confirmation page shows the same list.
  }
}

function askNearby() {
  clearTimeout(timer);
  timer = setTimeout(showNearby, NEAR_DELAY_MS);
}

picker?.addEventListener("parvis:placed", askNearby);
form.addEventListener("change", (event) => {
  if (event.target.name === "category") askNearby();
});

// --- The photo, sent at once ---------------------------------------------------------------------------------

const photo = form.elements.photo;
const held = form.elements.held;
const error = form.querySelector("[data-report-photo-error]");
const placeFound = form.querySelector("[data-report-photo-place]");
let sending = Promise.resolve();

async function send(file) {
  const body = new FormData();
  body.set("photo", file);
  body.set("csrfmiddlewaretoken", form.elements.csrfmiddlewaretoken.value);
  let answer;
  try {
    answer = await fetch(form.dataset.photoUrl, { method: "POST", body });
  } catch {
    return; // Offline: the file stays in the form and goes with it.
  }
  const told = await answer.json().catch(() => ({}));
  if (!answer.ok) {
    if (told.error) {
      error.textContent = told.error;
      error.hidden = false;
      photo.value = "";
    }
    return;
  }
  held.value = told.token;
  form.querySelector("[data-report-held]")?.remove();
  photo.value = "";
  const { longitude, latitude } = form.elements;
  if (told.longitude !== null && !longitude.value && !latitude.value && picker) {
    picker.dispatchEvent(
      new CustomEvent("parvis:place", { detail: { longitude: told.longitude, latitude: told.latitude } }),
    );
    if (!longitude.value) {
      longitude.value = String(told.longitude);
      latitude.value = String(told.latitude);
    }
    placeFound.hidden = false;
  }
}

photo?.addEventListener("change", () => {
  error.hidden = true;
  placeFound.hidden = true;
  const [file] = photo.files;
  if (file) sending = send(file);
});

// --- Sending -------------------------------------------------------------------------------------------------

const button = form.querySelector('button[type="submit"]');
let isLeaving = false;

form.addEventListener("submit", async (event) => {
  if (isLeaving) {
    event.preventDefault();
    return;
  }
  isLeaving = true;
  button.setAttribute("aria-disabled", "true");
  event.preventDefault();
  await sending;
  form.submit();
});

// Back from the next page, the browser may show this one as it was left.
window.addEventListener("pageshow", () => {
  isLeaving = false;
  button.removeAttribute("aria-disabled");
});
