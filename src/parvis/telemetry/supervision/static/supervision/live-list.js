// The list of alarms, or the page of one, kept as it is now: the server draws it, this fetches it again when one changes.

import { listen } from "../design/live.js";

const REFRESH_MS = 400;

const place = document.querySelector("[data-live-alarms]");
const status = document.querySelector("[data-live-status]");
let timer;

async function refresh() {
  const answer = await fetch(location.href);
  if (!answer.ok) return;
  const fresh = new DOMParser().parseFromString(await answer.text(), "text/html");
  for (const body of place.querySelectorAll("[data-live-body]")) {
    const next = fresh.querySelector(`[data-live-body="${body.dataset.liveBody}"]`);
    if (next) replace(body, next);
  }
}

/** What an operator has ticked stays; focus too, when what held it is still there. Forms stand outside these parts. */
function replace(body, next) {
  const ticked = new Set([...body.querySelectorAll("input:checked")].map((input) => input.value));
  const focused = body.contains(document.activeElement) ? document.activeElement.dataset.liveKey : undefined;
  body.replaceWith(next);
  for (const input of next.querySelectorAll("input[type=checkbox]")) input.checked = ticked.has(input.value);
  if (focused) next.querySelector(`[data-live-key="${CSS.escape(focused)}"]`)?.focus();
}

function refreshSoon() {
  timer ??= setTimeout(() => {
    timer = undefined;
    refresh();
  }, REFRESH_MS);
}

function hear({ urn }) {
  const only = place.dataset.liveUrn;
  if (!only || only === urn) refreshSoon();
}

listen(place.dataset.liveAlarms, { alarm: hear, resync: refreshSoon }, status, refreshSoon);
