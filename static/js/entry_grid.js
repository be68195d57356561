// Tables on the form: add and remove rows, paste from Excel, Enter goes down, totals below.

export class Grid {
  constructor(box, changed) {
    this.box = box;
    this.body = box.querySelector("[data-grid-rows]");
    this.none = box.querySelector("[data-grid-none]");
    this.sum = box.querySelector("[data-grid-sum]");
    this.changed = changed;
    this.blank = this.body.rows[this.body.rows.length - 1].cloneNode(true);
    this.tidy();
    box.addEventListener("click", (event) => this.onClick(event));
    box.addEventListener("keydown", (event) => this.onKey(event));
    box.addEventListener("paste", (event) => this.onPaste(event));
    box.addEventListener("input", () => this.total());
  }

  cells(row) {
    return [...row.querySelectorAll("[data-column]")];
  }

  isBlank(row) {
    return this.cells(row).every((cell) => !cell.value.trim());
  }

  /** The filled rows; null while nothing is said, [] when it is confirmed that there are none. */
  read() {
    const rows = [...this.body.rows]
      .filter((row) => !this.isBlank(row))
      .map((row) => Object.fromEntries(this.cells(row).map((cell) => [cell.dataset.column, cell.value.trim()])));
    if (rows.length) return rows;
    return this.none.checked ? [] : null;
  }

  write(rows) {
    this.none.checked = Array.isArray(rows) && rows.length === 0;
    this.body.replaceChildren();
    for (const values of rows ?? []) {
      const row = this.add();
      for (const cell of this.cells(row)) cell.value = values[cell.dataset.column] ?? "";
    }
    this.tidy();
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
    const rows = [...this.body.rows].filter((row) => !this.isBlank(row));
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
    const text = event.clipboardData.getData("text/plain").replace(/\r\n?/g, "\n").replace(/\n$/, "");
    if (!event.target.dataset.column || !/[\t\n]/.test(text)) return;
    event.preventDefault();
    let row = event.target.closest("tr");
    const first = this.cells(row).indexOf(event.target);
    const labels = this.cells(row).map((cell) => cell.closest("td").dataset.label);
    for (const line of text.split("\n")) {
      const values = line.split("\t").map((value) => value.trim());
      if (values[0] === labels[first]) continue; // a header row copied along
      if (!values.some(Boolean)) continue;
      row ??= this.add();
      this.cells(row).slice(first).forEach((cell, n) => {
        if (values[n] !== undefined) cell.value = values[n];
      });
      row = row.nextElementSibling;
    }
    this.tidy();
    this.changed();
  }
}
