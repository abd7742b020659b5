// Asks for a part of the page until what it waits for has come. Without this script a link does the same.

const place = document.querySelector("[data-refresh]");
const EVERY_MS = 2500;
let timer;

const state = () => place.querySelector("[data-state]")?.dataset.state;

function dress() {
  const button = place.querySelector("[data-refresh-button]");
  const status = place.querySelector("[data-refresh-status]");
  if (button) button.hidden = true;
  if (status) status.hidden = false;
}

async function ask() {
  try {
    const answer = await fetch(place.dataset.refresh);
    if (answer.ok && !answer.redirected) {
      const text = await answer.text();
      if (text !== place.dataset.latest && !place.contains(document.activeElement)) {
        place.dataset.latest = text;
        place.innerHTML = text;
        dress();
      }
      if (new DOMParser().parseFromString(text, "text/html").querySelector("[data-state='heard']")) {
        location.assign(place.dataset.refreshThen);
        return;
      }
    }
  } catch {
    // The network is away: the next time will do.
  }
  timer = setTimeout(ask, EVERY_MS);
}

if (place && state() !== "heard") {
  dress();
  timer = setTimeout(ask, EVERY_MS);
  document.addEventListener("visibilitychange", () => {
    clearTimeout(timer);
    if (document.visibilityState === "visible") ask();
  });
}
