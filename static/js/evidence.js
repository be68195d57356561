// The page of all proof of a submission: files dropped on a slot go there, those of the tray too, and what changed is
// shown without loading the page anew. Without this script every button works as the browser sends it.

import { hasRoom } from "./file_viewer.js";

const LIVE = ["messages", "proof-progress", "proof-waiting", "proof-slots"];
const upload = document.querySelector("form[data-upload]");

/** Take over from the server what changes on this page, and stay where the person is. */
async function refresh(address) {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  const next = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!next || !next.getElementById("proof-slots")) {
    location.assign(address);
    return;
  }
  const at = document.activeElement?.id;
  for (const id of LIVE) document.getElementById(id)?.replaceWith(next.getElementById(id));
  globalThis.htmx?.process(document.getElementById("main"));
  if (at) document.getElementById(at)?.focus({ preventScroll: true });
  showChosen();
}

document.addEventListener("page:follow", (event) => {
  if (event.detail.pathname !== location.pathname) return;
  event.preventDefault();
  refresh(event.detail);
});

/** Show the file that is chosen to be placed, where the browser can. */
function showChosen() {
  const address = document.querySelector("[data-show]:checked")?.dataset.show;
  const viewer = document.querySelector("iframe[name=evidence]");
  if (address && viewer.getAttribute("src") !== address && hasRoom()) viewer.src = address;
}
document.addEventListener("change", (event) => {
  if (!event.target.matches("[data-show]")) return;
  pin(false);
  showChosen();
});

/** The tray stands next to the viewer, an item may be a screen away from it. */
function pin(isPinned) {
  document.querySelector(".proof-viewer").classList.toggle("is-pinned", isPinned);
}
document.addEventListener("click", (event) => {
  if (event.target.closest("#proof-slots a[target=evidence]")) pin(true);
  if (event.target.closest("[data-unpin]")) pin(false);
});

// What is dragged out of the tray: the id of its radio button.
const STORED = "application/x-youheng-evidence";
document.addEventListener("dragstart", (event) => {
  const box = event.target.closest?.("label[draggable]")?.querySelector("input");
  if (box) event.dataTransfer.setData(STORED, box.id);
});

function slotAt(event) {
  const types = event.dataTransfer?.types ?? [];
  return (upload && types.includes("Files")) || types.includes(STORED) ? event.target.closest("[data-slot]") : null;
}
for (const name of ["dragenter", "dragover"]) {
  document.addEventListener(name, (event) => {
    const slot = slotAt(event);
    if (!slot) return;
    event.preventDefault();
    slot.classList.add("upload-over");
  });
}
document.addEventListener("dragleave", (event) => slotAt(event)?.classList.remove("upload-over"));
document.addEventListener("drop", (event) => {
  const slot = slotAt(event);
  if (!slot) return;
  event.preventDefault();
  slot.classList.remove("upload-over");
  const stored = event.dataTransfer.getData(STORED);
  if (stored) {
    document.getElementById(stored).checked = true;
    slot.querySelector("[name=item][form=assign]").click();
    return;
  }
  const address = slot.closest("[data-attach]").dataset.attach.replace("ITEM", slot.dataset.slot);
  const detail = { files: [...event.dataTransfer.files], address };
  upload.dispatchEvent(new CustomEvent("upload:send", { detail }));
});
