// Saying why a warning is in order, at its note.

import { post } from "./person.js";

/** Send the words next to a button; the answer, or null where they were refused, which the note then says. */
export async function explain(button, url) {
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
    return response.ok ? answer : refuse(answer.message ?? `说明没有保存（${response.status}），请稍后再试。`);
  } catch {
    return refuse("说明没有保存：网络不通，请稍后再试。");
  } finally {
    button.ariaBusy = null;
  }
}
