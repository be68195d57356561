// What is copied in Excel and pasted here: cells and lines as Excel writes them, and controls that show every text.

const CELL = /"((?:[^"]|"")*)"(?=[\t\n]|$)|[^\t\n]*/y;
const TOTAL = /^(合计|合計|总计|小计|共计|总数)[:：]?$/;

/** Copied text as lines of cells. A cell with a line break, tab or doubled quote is in quotes; other quotes are part of the text. */
export function cellsOf(text) {
  const plain = text.replace(/\r\n?/g, "\n").replace(/\n$/, "");
  const lines = [[]];
  for (let at = 0; at <= plain.length; at += 1) {
    CELL.lastIndex = at;
    const [raw, inner] = CELL.exec(plain);
    const isQuoted = inner !== undefined && /[\t\n]|""/.test(inner);
    lines[lines.length - 1].push((isQuoted ? inner.replace(/""/g, '"') : raw).trim());
    at += raw.length;
    if (plain[at] === "\n") lines.push([]);
  }
  return lines;
}

/** Whether a line adds up those above it and is no record itself. */
export function isTotal(cells) {
  return TOTAL.test((cells.find(Boolean) ?? "").replace(/\s/g, ""));
}

const bareLabel = (text) => text.replace(/\s|[（(].*[）)]/g, "");

/** Where each pasted cell belongs, by the column labels copied along; null when the line holds no labels. */
export function placesByLabel(cells, labels) {
  const places = cells.map((cell) => (cell ? labels.map(bareLabel).indexOf(bareLabel(cell)) : -1));
  const known = places.filter((place) => place >= 0).length;
  return known && known * 2 >= cells.filter(Boolean).length ? places : null;
}

/** Show a text in a control as it is, also what a list or a box for dates cannot hold by itself. */
export function put(control, text) {
  if ("date" in control.dataset) control.type = !text || isDay(text) ? "date" : "text";
  if (control.matches("select")) {
    control.querySelector("[data-foreign]")?.remove();
    if (![...control.options].some((option) => option.value === text)) {
      const foreign = new Option(text, text);
      foreign.dataset.foreign = "";
      control.add(foreign);
    }
  }
  if (control.value !== text) control.value = text;
  fit(control);
}

/** Show a text as the server stores it, but not while somebody may still be typing: 1.0 may become 1.05. */
export function settle(control, text) {
  const isWriting = control === document.activeElement && text && control.value.trim().startsWith(text);
  if (!isWriting) put(control, text);
}

function isDay(text) {
  return /^\d{4}-\d\d-\d\d$/.test(text) && !Number.isNaN(Date.parse(text));
}

/** A text of several lines is seen whole. */
export function fit(control) {
  if (control.matches("td textarea")) control.rows = control.value.split("\n").length;
}
