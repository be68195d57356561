// A file opens next to what it proves where the page has room for that, which its style sheet says, else by itself.
// Without this script it opens in the frame wherever that stands.

document.documentElement.classList.add("has-js");

export function hasRoom() {
  return Boolean(document.querySelector("iframe[name=evidence]")?.getClientRects().length);
}

document.addEventListener("click", (event) => {
  const link = event.target.closest("a[target=evidence]");
  if (link && !hasRoom()) link.target = "_blank";
});
