// What concerns one kind of network server only is shown for that one. Without this script all is shown.

const server = document.querySelector("select[name=server]");

function show() {
  for (const part of document.querySelectorAll("[data-server]")) part.hidden = part.dataset.server !== server.value;
}

if (server) {
  server.addEventListener("change", show);
  show();
}
