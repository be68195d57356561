// One field of the form: reading what is typed, showing its state, errors and conflicts.

import { choice } from "./announce.js";
import { Grid } from "./entry_grid.js";
import { put, settle } from "./entry_paste.js";
import { compare } from "./entry_rows.js";

const STATE_TEXTS = { saving: "保存中", offline: "未保存（离线）", typed: "未保存", wrong: "有误，未保存", conflict: "他人已改，未保存" };
const STATE_CLASSES = { saved: "is-saved", wrong: "is-wrong", conflict: "is-wrong", offline: "is-waiting" };

export class Field {
  constructor(element, changed) {
    this.element = element;
    this.code = element.dataset.field;
    this.kind = element.dataset.kind;
    this.state = element.querySelector("[data-state]");
    this.error = element.querySelector("[data-error]");
    this.conflict = element.querySelector("[data-conflict]");
    this.left = element.querySelector("[data-left]");
    this.notes = element.querySelector("[data-notes]");
    // 不适用 stands next to the table for the row one is in, else in its row.
    const panel = document.querySelector(`[data-of="${this.code}"]`);
    this.na = panel?.querySelector("[data-na]");
    this.reason = panel?.querySelector("[data-na-reason]");
    this.grid = this.kind === "table" ? new Grid(element.querySelector("[data-grid]"), () => changed(this), (lines) => this.showLeft(lines)) : null;
    this.input = document.getElementById(`f-${this.code}`);
    this.before = this.read();
  }

  /** Whether something was typed before this script was loaded. */
  get isTouched() {
    const typed = [...this.element.querySelectorAll("[name]:not([type=hidden])"), this.na, this.reason];
    return typed.filter(Boolean).some((control) => {
      if (control.matches("select")) return control.value !== (control.querySelector("[selected]")?.value ?? "");
      if (control.matches("[type=radio], [type=checkbox]")) return control.checked !== control.defaultChecked;
      return control.value !== control.defaultValue;
    });
  }

  get version() {
    return Number(this.element.dataset.version);
  }

  set version(number) {
    this.element.dataset.version = number;
    this.element.querySelector('input[type="hidden"]').value = number;
  }

  /** What is typed, in the form the server takes; null while 不适用 lacks its reason. */
  read() {
    if (this.na?.checked) {
      const reason = this.reason.value.trim();
      return reason ? { not_applicable: reason } : null;
    }
    if (this.grid) return { rows: this.grid.read() };
    if (this.kind === "yes_no") return { value: this.element.querySelector(":checked")?.value ?? "" };
    return { value: this.input.value };
  }

  write(content) {
    const reason = "not_applicable" in content && content.not_applicable;
    if (this.na) {
      this.na.checked = Boolean(reason);
      this.reason.value = reason || "";
    }
    if (this.grid) this.grid.write(content.rows);
    else if (this.kind === "yes_no") {
      for (const radio of this.element.querySelectorAll('input[type="radio"]')) radio.checked = radio.value === content.value;
    } else put(this.input, content.value ?? "");
    this.toggle();
  }

  /** Grey the input while 不适用 is chosen; the typed value stays in it. */
  toggle() {
    const off = Boolean(this.na?.checked);
    this.element.classList.toggle("is-na", off);
    if (this.input && "disabled" in this.input) this.input.disabled = off;
  }

  show(state, text) {
    this.state.textContent = text ?? STATE_TEXTS[state] ?? "";
    this.state.className = `field-state ${STATE_CLASSES[state] ?? ""}`;
    this.input?.toggleAttribute?.("aria-invalid", state === "wrong");
    if (state === "wrong") this.input?.setAttribute("aria-invalid", "true");
  }

  showError(message, cells = []) {
    this.grid?.mark(cells);
    this.error.textContent = cells.length ? `有 ${cells.length} 格有误，改好红色的格子后自动保存` : message;
    this.error.hidden = !message;
  }

  /** Pasted cells without a field stay listed until the next paste. */
  showLeft(lines) {
    this.left.replaceChildren(...lines.map((line) => Object.assign(document.createElement("p"), { textContent: line })));
    this.left.hidden = !lines.length;
  }

  showSaved(saved) {
    this.version = saved.version;
    this.showError("");
    this.conflict.hidden = true;
    if (this.grid && saved.rows) this.grid.settle(saved.rows);
    else if (saved.reason && !this.na?.checked) this.write({ not_applicable: saved.reason });
    else if (this.kind === "yes_no") this.write({ value: saved.text });
    else if (!this.na?.checked && this.kind !== "text") settle(this.input, saved.text);
    this.before = this.read();
    this.showThen(saved);
    this.show("saved", saved.same ? "与上年相同" : saved.reason ? "不适用，已保存" : `已保存 ${saved.at.slice(0, 5)}`);
  }

  /** Last year's rows against those stored now; the statement that nothing changed only where it can be made or was. */
  showThen({ text, rows, reason, same }) {
    const columns = this.grid ? this.grid.cells(this.grid.blank).map((cell) => cell.dataset.column) : [];
    const now = new Set((rows ?? []).map((row) => columns.map((column) => row[column]).filter(Boolean).join(" ")));
    for (const line of document.querySelectorAll(`[data-then="${this.code}"]`)) {
      const isThere = now.has(line.firstElementChild.textContent);
      line.classList.toggle("is-gone", !isThere);
      line.lastElementChild.hidden = isThere;
    }
    for (const button of document.querySelectorAll(`[data-same][value="${this.code}"]`)) button.hidden = Boolean(text || rows || reason);
    for (const words of document.querySelectorAll(`[data-stated="${this.code}"]`)) words.hidden = !same;
  }

  /** Both values side by side, tables row by row; `mine`, `both` and `take` are called by the person's choice. */
  showConflict(theirs, sent, mine, both, take) {
    this.show("conflict");
    const by = `${theirs.by} ${theirs.at}`;
    if (!this.grid || !theirs.rows?.length) {
      const shown = theirs.text || "（空白）";
      this.ask(`${by} 已改为：${shown.slice(0, 200)}`, [["用我的", mine], ["用对方的", take]]);
      return;
    }
    const rows = compare(sent.before?.rows ?? [], sent.content.rows ?? [], theirs.rows);
    const lines = [["对方加了", rows.theyAdded], ["对方去掉了", rows.theyRemoved], ["您加了", rows.iAdded], ["您去掉了", rows.iRemoved]]
      .flatMap(([what, list]) => list.map((row) => `${what}：${this.grid.inWords(row)}`));
    const without = (list) => (list.length ? `（不要${list === rows.theyAdded ? "对方" : "我"}加的 ${list.length} 行）` : "");
    this.ask(
      `${by} 也改过这张表：`,
      [
        ...(sent.content.rows ? [["两边的改动都要", () => both(rows.both)]] : []),
        [`用我的${without(rows.theyAdded)}`, mine],
        [`用对方的${without(rows.iAdded)}`, take],
      ],
      lines,
    );
  }

  /** What was typed earlier and refused then, while the saved value stays in the field. */
  showLeftover(entry, mine, drop) {
    const { value, rows, not_applicable: reason } = entry.content;
    const shown = reason ? `不适用：${reason}` : rows ? `${rows.length} 行` : value || "（空白）";
    this.show("conflict", "本机留有未保存的内容");
    this.ask(`本机 ${entry.at} 填写、当时未能保存：${shown.slice(0, 200)}`, [["用这个", mine], ["不要了", drop]]);
  }

  ask(question, choices, lines = []) {
    const text = document.createElement("p");
    text.textContent = question;
    const list = document.createElement("ul");
    list.append(...lines.map((line) => Object.assign(document.createElement("li"), { textContent: line })));
    const buttons = document.createElement("p");
    buttons.append(...choices.map(([label, action]) => choice(this.conflict, label, action)));
    this.conflict.replaceChildren(text, ...(lines.length ? [list] : []), buttons);
    this.conflict.hidden = false;
  }

  showNotes(html) {
    // Somebody writing a reason is not disturbed.
    if (!this.notes.contains(document.activeElement)) this.notes.innerHTML = html;
  }
}
