// A photo chosen on a phone is shown at once; with data-photo-lighter it is also sent smaller: 12 megapixels say no more
// about a broken lamp than two.
// When anything fails the original file is sent as it is; the server checks and re-encodes in every case.

const LONGEST_SIDE_PX = 2048;
const QUALITY = 0.85;
const WORTH_IT_BYTES = 600_000;

async function lighter(file) {
  if (file.size < WORTH_IT_BYTES) return file;
  const bitmap = await createImageBitmap(file, { imageOrientation: "from-image" });
  const scale = Math.min(1, LONGEST_SIDE_PX / Math.max(bitmap.width, bitmap.height));
  const canvas = new OffscreenCanvas(Math.round(bitmap.width * scale), Math.round(bitmap.height * scale));
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  const blob = await canvas.convertToBlob({ type: "image/jpeg", quality: QUALITY });
  if (blob.size >= file.size) return file;
  return new File([blob], file.name.replace(/\.\w+$/, "") + ".jpg", { type: "image/jpeg" });
}

export function start(input) {
  const field = input.closest("[data-photo-field]");
  const status = field?.querySelector("[data-photo-status]");
  let preview;

  input.addEventListener("change", async () => {
    preview?.remove();
    if (status) status.textContent = "";
    const [file] = input.files;
    if (!file?.type.startsWith("image/")) return;
    try {
      // Re-encoding loses the position a phone writes in its photos, from which the server may propose the place.
      const sent = "photoLighter" in input.dataset ? await lighter(file) : file;
      if (sent !== file) {
        const files = new DataTransfer();
        files.items.add(sent);
        input.files = files.files;
      }
      preview = document.createElement("img");
      preview.alt = "";
      preview.src = URL.createObjectURL(sent);
      preview.addEventListener("load", () => URL.revokeObjectURL(preview.src), { once: true });
      field?.append(preview);
      if (status) status.textContent = status.dataset.lighter;
    } catch {
      // An image this browser cannot read (HEIC): sent as chosen, the server will say.
    }
  });
}
