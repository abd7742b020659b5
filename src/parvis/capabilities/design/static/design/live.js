// Server-sent events with a visible state: an operator must know when what they see is no longer live.

const FIRST_DELAY_MS = 1_000;
const LONGEST_DELAY_MS = 30_000;

/**
 * Listens to `url` until `stop()`. `handlers`: event name -> function of the parsed JSON data.
 * `status`: an element with data-text-open, data-text-lost, data-text-connecting, whose data-state and text are kept.
 * `onReopen` runs after a lost connection is back: what happened meanwhile must be fetched again.
 */
export function listen(url, handlers, status = null, onReopen = null) {
  let source;
  let timer;
  let delay = FIRST_DELAY_MS;
  let wasLost = false;

  const show = (state) => {
    if (!status || status.dataset.state === state) return;
    status.dataset.state = state;
    status.textContent = status.dataset[{ open: "textOpen", lost: "textLost", connecting: "textConnecting" }[state]] ?? "";
  };

  const open = () => {
    source = new EventSource(url);
    source.addEventListener("open", () => {
      delay = FIRST_DELAY_MS;
      show("open");
      if (wasLost) onReopen?.();
      wasLost = false;
    });
    // The browser gives up for good on an HTTP error: always start again ourselves, ever more slowly.
    source.addEventListener("error", () => {
      source.close();
      // Servers end long streams now and then: only a second failure in a row is a loss worth telling.
      show(wasLost ? "lost" : "connecting");
      wasLost = true;
      timer = setTimeout(open, delay);
      delay = Math.min(delay * 2, LONGEST_DELAY_MS);
    });
    for (const [name, handler] of Object.entries(handlers)) {
      source.addEventListener(name, (event) => handler(JSON.parse(event.data)));
    }
  };

  show("connecting");
  open();
  return {
    stop() {
      clearTimeout(timer);
      source.close();
    },
  };
}
