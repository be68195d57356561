// The school's form: every field saves itself, nothing typed is lost, the result is computed as one types.

import { sentencesOf } from "./announce.js";
import { fillDown, goDown } from "./entry_column.js";
import { isWaiver, Reasons, waive } from "./entry_waiver.js";
import { Field } from "./entry_field.js";
import { Panel } from "./entry_panel.js";
import { cellsOf } from "./entry_paste.js";
import { Queue } from "./entry_queue.js";
import { isSection, openSection, replaceContent, showPlace } from "./entry_section.js";
import { Sender } from "./entry_sender.js";
import { post } from "./person.js";
import { storePage } from "./store_page.js";

const TYPING_MS = 1200;
const main = document.getElementById("main");
const whereAt = ({ pathname, search }) => pathname + search;
const readConfig = () => ({ ...JSON.parse(document.getElementById("entry-config").textContent), at: whereAt(location) });
// Of the open section.
let config = readConfig();
let form;
const loginPath = document.querySelector('meta[name="login-path"]')?.content ?? "/";
const queue = new Queue(config.user, config.submission);
const reasons = new Reasons(config.user, config.submission);
const fields = new Map();
let isLeaving = false;
let lastSaved = "";

document.documentElement.classList.add("has-js");

function say(text, state = "") {
  const overall = document.querySelector("[data-overall]");
  overall.textContent = text;
  overall.className = `entry-saving ${state}`;
}

function enqueue(field) {
  const content = field.read();
  if (!content) {
    field.show("typed", "请写明不适用的原因");
    return false;
  }
  put(field, content);
  return true;
}

function put(field, content) {
  queue.put(field.code, content, field.version, field.before);
  // From the first key on nobody reads that all is saved; what went wrong stays readable until the next attempt.
  const hasProblem = document.querySelector("[data-overall]").matches(".is-wrong, .is-waiting");
  if (!hasProblem) say(`${queue.waiting().size} 项待保存`);
}

function changed(field, pause = 150) {
  field.toggle();
  if (enqueue(field)) sender.soon(pause);
}

/** Show what an answer says of the open section. */
function showNotes(answer) {
  const asked = new Set(answer.asked);
  for (const field of fields.values()) {
    field.showNotes(answer.notes[field.code] ?? "");
    if ("follows" in field.element.dataset) field.element.hidden = !asked.has(field.code);
  }
  for (const row of form.querySelectorAll("[data-row]")) row.hidden = !row.querySelector("[data-field]:not([hidden])");
  reasons.fill(form);
}

/** Show what it says of the whole form. */
function showState(answer) {
  for (const [code, part] of Object.entries(answer.parts)) {
    const link = document.querySelector(`[data-part="${code}"]`);
    if (!link) continue;
    const state = link.querySelector("[data-part-state]");
    state.textContent = part.state;
    state.className = `tone tone-${part.tone}`;
    link.querySelector("[data-part-detail]").textContent = part.detail;
  }
  for (const [name, count] of Object.entries(answer.totals)) {
    const total = document.querySelector(`[data-total="${name}"]`);
    total.textContent = count;
    total.parentElement.hidden = !count;
  }
  document.querySelector("[data-none]").hidden = Object.values(answer.totals).some(Boolean);
  document.querySelector("[data-sent-back]").innerHTML = answer.sent_back;
  for (const mark of document.querySelectorAll("[data-corrected]")) mark.hidden = !answer.corrected.includes(mark.dataset.corrected);
  const live = document.querySelector("[data-live]");
  if (live && answer.live) {
    live.parentElement.hidden = false;
    replaceContent(live, answer.live);
  }
}

function resolve(field, code, stale, sent) {
  queue.hold(code, "stale");
  const send = (content) => {
    field.version = stale.version;
    queue.put(code, content, stale.version, { rows: stale.rows });
    sender.flush();
  };
  field?.showConflict(
    stale,
    sent,
    () => send(sent.content),
    (rows) => {
      field.write({ rows });
      send({ rows });
    },
    () => {
      queue.drop(code);
      field.version = stale.version;
      field.write(stale.reason ? { not_applicable: stale.reason } : { value: stale.text, rows: stale.rows });
      field.show("saved", "已采用对方的值");
      showSummary();
    },
  );
}

/** What was refused as a whole (after submission, for example) is not sent later by itself. */
function offer(field, code, entry) {
  field.showLeftover(
    entry,
    () => {
      field.write(entry.content);
      queue.put(code, entry.content, field.version);
      sender.flush();
    },
    () => {
      queue.drop(code);
      field.show("saved", "保留已保存的值");
      showSummary();
    },
  );
}

function showSummary() {
  const held = queue.held();
  const elsewhere = held.filter((code) => !fields.has(code)).length;
  if (held.length) {
    say(`有 ${held.length} 项未能保存，请看红色提示${elsewhere ? `（其中 ${elsewhere} 项在其他栏目）` : ""}`, "is-wrong");
  } else say(`全部已保存 ${lastSaved}`);
}

const report = {
  sending(batch) {
    say(`正在保存 ${batch.size} 项`);
    for (const code of batch.keys()) fields.get(code)?.show("saving");
  },
  answered(batch, answer, url) {
    for (const [code, saved] of Object.entries(answer.saved)) {
      lastSaved = saved.at;
      const isSettled = queue.settle(code, batch.get(code), saved.version);
      const field = fields.get(code);
      if (!field) continue;
      if (isSettled) field.showSaved(saved);
      else field.version = saved.version;
    }
    for (const [code, message] of Object.entries(answer.errors)) {
      queue.hold(code, "wrong");
      fields.get(code)?.show("wrong");
      fields.get(code)?.showError(message, answer.cells[code]);
    }
    for (const [code, stale] of Object.entries(answer.stale)) resolve(fields.get(code), code, stale, batch.get(code));
    if (url === config.save) showNotes(answer);
    showState(answer);
  },
  failed(batch, problem) {
    if (problem.leaving) return;
    for (const code of batch.keys()) fields.get(code)?.show("offline", problem.offline ? undefined : "未保存");
    if (problem.signedOut) {
      say(problem.message ?? "登录已过期，填写的内容已保留在本机。", "is-wrong");
      const href = problem.login ?? loginPath;
      const link = Object.assign(document.createElement("a"), { href, target: "_blank", textContent: "重新登录后自动保存" });
      document.querySelector("[data-overall]").append(" ", link);
    } else if (problem.offline) say(`${batch.size} 项未保存（离线），已保留在本机，联网后自动补传`, "is-waiting");
    else if (problem.unavailable) say(`${batch.size} 项未保存（服务器暂时没有保存），已保留在本机，稍后自动补传`, "is-waiting");
    else {
      for (const code of batch.keys()) queue.hold(code, "refused");
      say(problem.message, "is-wrong");
    }
  },
  idle: showSummary,
};
const sender = new Sender(config.save, queue, report);

function fieldOf(target) {
  const box = target.closest?.("[data-field], [data-of]");
  return fields.get(box?.dataset.field ?? box?.dataset.of);
}

main.addEventListener("input", (event) => {
  const field = fieldOf(event.target);
  if (isWaiver(event.target)) reasons.note(event.target);
  if (!field || isWaiver(event.target)) return;
  field.show("typed");
  changed(field, TYPING_MS);
});
main.addEventListener("change", (event) => {
  const field = fieldOf(event.target);
  if (field && !isWaiver(event.target)) {
    field.grid?.tidy();
    changed(field);
  }
});

// Enter goes down in the same stage, Shift+Enter up, Esc restores what is saved, Ctrl+S saves at once.
main.addEventListener("keydown", (event) => {
  const field = fieldOf(event.target);
  if (event.key === "s" && (event.ctrlKey || event.metaKey)) {
    event.preventDefault();
    sender.flush();
  } else if (event.key === "Enter" && event.target.closest("[data-notes]")) {
    event.preventDefault();
    event.target.closest(".note-answer")?.querySelector("[data-waive]")?.click();
  } else if (event.key === "Enter" && event.target.matches("input, select") && field && !field.grid) {
    event.preventDefault();
    goDown(field, event.shiftKey);
  } else if (event.key === "Escape" && field && !field.grid && field.before && !event.target.closest("[data-of]")) {
    field.write(field.before);
    changed(field);
  }
});

// A column copied in Excel fills the fields below; one figure goes where the cursor is, as the browser does it.
main.addEventListener("paste", (event) => {
  const field = fieldOf(event.target);
  const isText = event.target.matches("textarea, [type=checkbox], [data-na-reason]");
  if (!field || field.grid || isText || isWaiver(event.target)) return;
  const lines = cellsOf(event.clipboardData.getData("text/plain"));
  if (lines.flat().length === 1 && !event.target.matches("select, [type=radio]")) return;
  event.preventDefault();
  field.showLeft(fillDown(field, lines, (code, text) => paste(fields.get(code), text)));
  sender.soon(150);
});

/** Put a copied text into a field unchanged: the server reads it and says what is wrong with it. */
function paste(field, text) {
  field.write({ value: text });
  field.show("typed");
  put(field, { value: text });
}

main.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-waive]");
  if (!button) return;
  event.preventDefault();
  const at = config;
  // What answers why an item was sent back stands by its row, not by a field.
  const field = fieldOf(button);
  const answer = await waive(button, at.waive, reasons);
  if (!answer) return;
  if (at === config) {
    // Whether by click or by Enter: the note is replaced only while nothing in it has the focus.
    document.activeElement.blur();
    showNotes(answer);
    (field?.notes ?? button.closest(".note")).querySelector("summary")?.focus();
  }
  showState(answer);
  say("已记录说明", "");
});

/** State that fields are as last year; the server fills in only what is blank. */
async function stateSame(button) {
  const at = config;
  button.disabled = true;
  try {
    const response = await post(config.same, new URLSearchParams({ same: button.value }));
    const answer = await response.json().catch(() => ({}));
    if (!response.ok) throw new Error(sentencesOf(answer).join("；") || "没有保存，请稍后再试。");
    if (at !== config) return;
    for (const [code, saved] of Object.entries(answer.saved)) {
      fields.get(code).write(saved.reason ? { not_applicable: saved.reason } : { value: saved.text, rows: saved.rows });
      fields.get(code).showSaved(saved);
    }
    showNotes(answer);
    showState(answer);
    say("已记下：与上年相同，仍属实", "");
    button.remove();
  } catch (error) {
    say(error instanceof TypeError ? "没有保存：网络不通，请稍后再试。" : error.message, "is-wrong");
    button.disabled = false;
  }
}

main.addEventListener("submit", async (event) => {
  if (event.target !== form) return;
  event.preventDefault();
  event.stopPropagation();
  if (event.submitter?.name === "same") {
    await sender.flush();
    if (!queue.waiting().size) await stateSame(event.submitter);
    return;
  }
  const go = event.submitter?.value;
  await sender.flush();
  if (queue.waiting().size) return;
  const wrong = queue.held().map((code) => fields.get(code)).find(Boolean);
  if (wrong) {
    (wrong.input ?? wrong.element).focus();
    wrong.element.scrollIntoView({ block: "center" });
    return;
  }
  const link = go && document.querySelector(`[data-part="${go}"]`);
  if (link) open(link.href);
});

/** Open a section here, whether by a link, the button to the next one, an action that leads there, or going back. */
function open(address, back = {}) {
  const leave = () => {
    isLeaving = true;
    if (back.isBack) location.reload();
    else location.assign(address);
  };
  return openSection(address, { ...back, opened: begin, leave });
}

// Also fires where only the part after # changed.
addEventListener("popstate", (event) => {
  if (isSection(location.href) && config.at !== whereAt(location)) open(location.href, { isBack: true, top: event.state?.top });
});
document.addEventListener("page:back", (event) => {
  if (isSection(location.href)) event.preventDefault();
});
document.addEventListener("page:follow", (event) => {
  if (event.defaultPrevented || !isSection(event.detail)) return;
  event.preventDefault();
  open(event.detail);
});

// A link waits until what was typed just before is saved, so that the next page shows it.
document.addEventListener("click", async (event) => {
  const link = event.target.closest("a[href]");
  const isElsewhere = event.ctrlKey || event.metaKey || event.shiftKey || link?.target;
  if (!link || isElsewhere || event.defaultPrevented) return;
  const opensHere = isSection(link.href) && config.at !== whereAt(link);
  if (!opensHere && !queue.waiting().size) return;
  event.preventDefault();
  await sender.flush();
  if (opensHere) open(link.href);
  else location.assign(link.href);
});

// So does a form that says something of what was typed.
document.addEventListener(
  "submit",
  async (event) => {
    const { target, submitter } = event;
    if (!("afterSaving" in target.dataset) || !queue.waiting().size) return;
    event.preventDefault();
    event.stopImmediatePropagation();
    await sender.flush();
    if (!queue.waiting().size) target.requestSubmit(submitter);
  },
  true,
);

addEventListener("beforeunload", (event) => {
  if (!isLeaving && queue.waiting().size) {
    sender.leave();
    event.preventDefault();
  }
});

/** With the section that stands in the page: read its fields, put into them what was not sent, and send that. */
function begin() {
  config = readConfig();
  form = main.querySelector("[data-entry-form]");
  fields.clear();
  for (const element of form.querySelectorAll("[data-field]")) {
    const field = new Field(element, changed);
    fields.set(field.code, field);
    if (field.isTouched) changed(field);
  }
  reasons.fill(form);
  sender.open(config.save);
  // What an earlier visit could not send is put back into its fields and sent now.
  queue.release();
  for (const [code, entry] of queue.entries) {
    const field = fields.get(code);
    if (!field) continue;
    if (entry.held) {
      offer(field, code, entry);
      continue;
    }
    field.write(entry.content);
    field.show("typed", `${entry.at} 填写，正在补传`);
  }
  if (queue.waiting().size) {
    say(`正在补传本机保留的 ${queue.waiting().size} 项`, "is-waiting");
    sender.flush();
  } else if (queue.entries.size) showSummary();
  new Panel(document.querySelector("[data-panel]"), form);
  showPlace();
}

begin();
if (location.hash.startsWith("#f-")) document.getElementById(location.hash.slice(1))?.focus();
storePage(["/submissions/"]);
