// Saying why a warning is in order, at its note.

import { read, remove, write } from "./browser_store.js";
import { post } from "./person.js";

export const isWaiver = (target) => Boolean(target.closest("[data-notes]"));

/** Reasons typed and not recorded yet: they come back when a note is drawn anew or the form is opened again here. */
export class Reasons {
  constructor(user, submission) {
    this.key = `youheng:reasons:${user}:${submission}`;
    this.typed = read(this.key) ?? {};
  }

  note(input) {
    if (input.value) this.typed[input.name] = input.value;
    else delete this.typed[input.name];
    this.store();
  }

  forget(name) {
    delete this.typed[name];
    this.store();
  }

  store() {
    if (Object.keys(this.typed).length) write(this.key, this.typed);
    else remove(this.key);
  }

  fill(form) {
    for (const [name, text] of Object.entries(this.typed)) {
      const input = form.elements[name];
      if (!input || input.value) continue;
      input.value = text;
      input.closest("details").open = true;
    }
  }
}

/** Send the words next to a button; the answer, or null where they were refused, which the note then says. */
export async function waive(button, url, reasons) {
  // A double click, or Enter held down, sends once.
  if (button.ariaBusy) return null;
  const input = button.previousElementSibling;
  const error = button.closest(".note").querySelector("[data-note-error]");
  const refuse = (message) => {
    input.setAttribute("aria-invalid", "true");
    error.textContent = message;
    error.hidden = false;
    input.focus();
    return null;
  };
  button.ariaBusy = "true";
  try {
    const response = await post(url, new URLSearchParams({ warning: button.value, [input.name]: input.value }));
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) return refuse(answer.message ?? `说明没有保存（${response.status}），请稍后再试。`);
    reasons.forget(input.name);
    showSaid(button.closest(".note"), input);
    return answer;
  } catch {
    return refuse("说明没有保存：网络不通，请稍后再试。");
  } finally {
    button.ariaBusy = null;
  }
}

/** The note of why an item was sent back is not drawn anew: it shows the words itself. */
function showSaid(note, input) {
  input.removeAttribute("aria-invalid");
  note.querySelector("[data-note-error]").hidden = true;
  const said = note.querySelector("[data-said]");
  if (!said) return;
  said.querySelector("span").textContent = input.value;
  said.hidden = false;
  note.querySelector("details").open = false;
}
