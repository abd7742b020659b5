// A replay under way is looked at again every two seconds, until it has ended; the link to look again stays for those who prefer it.

const EVERY_MS = 2000;

async function lookAgain(shown) {
  const answer = await fetch(location.href, { headers: { Accept: "text/html" } });
  if (!answer.ok) return shown;
  const page = new DOMParser().parseFromString(await answer.text(), "text/html");
  const underWay = page.querySelector("[data-replay]");
  if (!underWay) {
    location.reload(); // it has ended: the page says so, with its heading and its links
    return null;
  }
  shown.replaceWith(underWay);
  return underWay;
}

async function follow(shown) {
  while (shown) {
    await new Promise((wake) => setTimeout(wake, EVERY_MS));
    if (document.hidden) continue;
    try {
      shown = await lookAgain(shown);
    } catch {
      // The network is away: in two seconds, perhaps.
    }
  }
}

follow(document.querySelector("[data-replay]"));
