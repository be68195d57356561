// Print the whole tree: unfold everything before printing, fold it again afterwards.

const folded = new Set();

addEventListener("beforeprint", () => {
  for (const one of document.querySelectorAll("details[data-print-open]:not([open])")) {
    folded.add(one);
    one.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const one of folded) one.open = false;
  folded.clear();
});
