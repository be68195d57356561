// Tables on the form: add and remove rows, paste from Excel, Enter goes down, totals below.

import { cellsOf, fit, isTotal, placesByLabel, put, settle } from "./entry_paste.js";

export class Grid {
  /** `report` shows lines about pasted cells that are not in the table. */
  constructor(box, changed, report) {
    this.box = box;
    this.body = box.querySelector("[data-grid-rows]");
    this.none = box.querySelector("[data-grid-none]");
    this.sum = box.querySelector("[data-grid-sum]");
    this.changed = changed;
    this.report = report;
    this.blank = this.body.rows[this.body.rows.length - 1].cloneNode(true);
    this.tidy();
    box.addEventListener("click", (event) => this.onClick(event));
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("paste", (event) => this.onPaste(event));
    box.addEventListener("input", (event) => {
      fit(event.target);
      this.total();
    });
    box.querySelectorAll("textarea").forEach(fit);
  }

  cells(row) {
    return [...row.querySelectorAll("[data-column]")];
  }

  isBlank(row) {
    return this.cells(row).every((cell) => !cell.value.trim());
  }

  filled() {
    return [...this.body.rows].filter((row) => !this.isBlank(row));
  }

  /** The filled rows; null while nothing is entered, [] when it is confirmed that there are none. */
  read() {
    const rows = this.filled().map((row) =>
      Object.fromEntries(this.cells(row).map((cell) => [cell.dataset.column, cell.value.trim()])),
    );
    if (rows.length) return rows;
    return this.none.checked ? [] : null;
  }

  write(rows) {
    this.none.checked = Array.isArray(rows) && rows.length === 0;
    this.body.replaceChildren();
    for (const values of rows ?? []) {
      for (const cell of this.cells(this.add())) put(cell, values[cell.dataset.column] ?? "");
    }
    this.tidy();
  }

  /** Show the rows as the server stores them. */
  settle(rows) {
    this.mark([]);
    const filled = this.filled();
    if (filled.length !== rows.length) this.write(rows);
    else filled.forEach((row, n) => this.cells(row).forEach((cell) => settle(cell, rows[n][cell.dataset.column] ?? "")));
  }

  /** Show at each cell what is wrong with it; rows are counted as `read` gives them. */
  mark(faults) {
    for (const old of this.body.querySelectorAll("[data-fault]")) old.remove();
    for (const cell of this.body.querySelectorAll("[aria-invalid]")) {
      cell.removeAttribute("aria-invalid");
      cell.removeAttribute("aria-describedby");
    }
    const filled = this.filled();
    for (const { row, column, error } of faults) {
      const cell = filled[row]?.querySelector(`[data-column="${column}"]`);
      if (!cell) continue;
      const id = `${this.box.id}-${row}-${column}`;
      cell.setAttribute("aria-invalid", "true");
      cell.setAttribute("aria-describedby", id);
      const fault = Object.assign(document.createElement("small"), { id, className: "cell-fault", textContent: error });
      fault.dataset.fault = "";
      cell.after(fault);
    }
  }

  /** One row's cells in the order of the columns, for a sentence. */
  inWords(values) {
    return this.cells(this.blank).map((cell) => String(values[cell.dataset.column] ?? "").trim()).filter(Boolean).join(" ");
  }

  add() {
    const row = this.blank.cloneNode(true);
    this.body.append(row);
    return row;
  }

  /** One blank row at the end, rows numbered, totals fresh. */
  tidy() {
    const rows = [...this.body.rows];
    for (let n = rows.length - 1; n > 0 && this.isBlank(rows[n]) && this.isBlank(rows[n - 1]); n -= 1) rows[n].remove();
    if (!this.body.rows.length || !this.isBlank(this.body.rows[this.body.rows.length - 1])) this.add();
    [...this.body.rows].forEach((row, n) => {
      row.querySelector("[data-grid-number]").textContent = n + 1;
      row.querySelector("[data-grid-remove]").setAttribute("aria-label", `删除第 ${n + 1} 行`);
      for (const cell of this.cells(row)) {
        cell.setAttribute("aria-label", `第 ${n + 1} 行${cell.closest("td").dataset.label}`);
      }
    });
    this.total();
  }

  total() {
    const rows = this.filled();
    if (rows.length) this.none.checked = false;
    const pieces = [`共 ${rows.length} 行`];
    const columns = new Set(rows.flatMap((row) => this.cells(row).map((cell) => cell.dataset.sum).filter(Boolean)));
    for (const column of columns) {
      if (column.endsWith("year")) continue;
      const values = rows.map((row) => Number(row.querySelector(`[data-sum="${column}"]`).value || 0));
      const label = rows[0].querySelector(`[data-sum="${column}"]`).closest("td").dataset.label;
      if (values.every(Number.isFinite)) pieces.push(`${label}合计 ${values.reduce((a, b) => a + b, 0)}`);
    }
    this.sum.textContent = rows.length ? pieces.join("，") : "";
  }

  onClick(event) {
    if (event.target.closest("[data-grid-add]")) {
      this.cells(this.add())[0].focus();
      this.tidyNumbers();
    } else if (event.target.closest("[data-grid-remove]")) {
      event.target.closest("tr").remove();
      this.tidy();
      this.changed();
    }
  }

  tidyNumbers() {
    [...this.body.rows].forEach((row, n) => (row.querySelector("[data-grid-number]").textContent = n + 1));
  }

  onKey(event) {
    if (event.key !== "Enter" || !event.target.dataset.column) return;
    event.preventDefault();
    const row = event.target.closest("tr");
    const next = row.nextElementSibling ?? this.add();
    this.tidyNumbers();
    next.querySelector(`[data-column="${event.target.dataset.column}"]`).focus();
  }

  onPaste(event) {
    const target = event.target;
    if (!target.dataset.column) return;
    const text = event.clipboardData.getData("text/plain");
    const lines = cellsOf(text);
    // One word goes where the cursor is, as the browser does it where it can.
    if (!/[\t\n]/.test(text) && !target.matches("select, [data-date]")) return;
    event.preventDefault();
    this.report(this.paste(lines, target));
    this.tidy();
    this.changed();
  }

  /** Fill the rows from a cell on; return what was left out, in words. */
  paste(lines, from) {
    let row = from.closest("tr");
    const labels = this.cells(row).map((cell) => cell.closest("td").dataset.label);
    const byLabel = lines.length > 1 ? placesByLabel(lines[0], labels) : null;
    const first = this.cells(row).indexOf(from);
    const left = [];
    lines.forEach((cells, number) => {
      if (!cells.some(Boolean) || (byLabel && !number)) return;
      if (isTotal(cells)) {
        left.push(`合计行不是一条记录，没有填入：${cells.filter(Boolean).join(" ")}`);
        return;
      }
      row ??= this.add();
      const places = this.cells(row);
      const beyond = cells.filter((text, n) => {
        const place = places[byLabel ? byLabel[n] : first + n];
        if (place) put(place, text);
        return !place && text;
      });
      if (beyond.length) left.push(`粘贴的第 ${number + 1} 行有表里没有的列，没有填入：${beyond.join(" ")}`);
      row = row.nextElementSibling;
    });
    return left;
  }
}
