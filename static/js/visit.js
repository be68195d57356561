// The checklist: saves each answer as it is given, stores it on the phone while there is no network, shows one question
// at a time on small screens. From here everything a visit has waiting is sent, the oldest first and the end of the
// visit last. Without this script every form works by itself.

import { announce, choice, sentencesOf, signInAgain } from "./announce.js";
import { post } from "./person.js";
import { follow } from "./sending.js";
import { storePage, isStored } from "./store_page.js";
import { Outbox } from "./visit_outbox.js";
import { Photos } from "./visit_photos.js";
import { isStoredCopy, VisitRecord } from "./visit_record.js";
import { itemOf, showWaiting } from "./visit_waiting.js";

const RETRY_MS = 20_000;
const root = document.querySelector("[data-checklist]");
const record = new VisitRecord(root.dataset.checklist);
const outbox = new Outbox(record);
const sections = [...root.querySelectorAll("[data-question]")];
const waitingText = root.querySelector("[data-waiting]");
const retryButton = root.querySelector("[data-retry]");
const sending = new Map();
// Answers the server refused or somebody else gave first: the person decides.
const refused = new Set();
const photos = new Photos(sections, record, () => showCount());
root.classList.add("scripted");

/** Store or drop what one question still has to send. Without storage only the copy is lost. */
function store(key, values) {
  refused.delete(key);
  if (!record.setAnswer(key, values)) say(sectionOf(key), "本机存储不可用，请保持联网。", "warn");
  rememberQuestions();
  return showCount();
}

/** For pages stored before: the finding about a question, the end of the visit. */
function rememberQuestions() {
  const known = (section) => {
    const claims = [...section.querySelectorAll("[data-claimed]")];
    const figures = claims.map(({ dataset }) => ({ field: `figure-${dataset.claimed}`, label: dataset.label, unit: dataset.unit, claimed: dataset.amount, standard: dataset.standard }));
    const { indicator, claim } = section.dataset;
    return { ...read(section), indicator, claim, figures, text: section.querySelector("h2").textContent.trim() };
  };
  record.questions = Object.fromEntries(sections.map((section) => [section.dataset.question, known(section)]));
}

/** Show how much has arrived and how much waits; resolves to the number that waits. */
async function showCount() {
  const entries = await outbox.entries();
  const keys = [...Object.keys(record.answers), ...photos.waiting.keys(), ...entries.map((entry) => entry.key)];
  const arrived = record.countArrived(keys);
  waitingText.dataset.left = keys.length;
  waitingText.dataset.arrived = arrived;
  waitingText.textContent = keys.length || arrived ? `已送达 ${arrived} / 待送 ${keys.length}` : "";
  retryButton.hidden = !keys.length;
  const giveUp = async (entry) => {
    await outbox.forget(entry);
    showCount();
  };
  showWaiting(document.querySelector("[data-outbox]"), entries.map((entry) => itemOf(entry, giveUp, root.dataset.page)));
  return keys.length;
}

const sectionOf = (key) => sections.find((section) => section.dataset.question === key);
const formOf = (section) => section.querySelector("[data-answer]");

/** What a question sends: its fields by name, a tick only when it is set. */
function read(section) {
  const form = formOf(section);
  const fields = [...new FormData(form)].filter(([name]) => name === "version" || form.elements[name].type !== "hidden");
  return { seen: "", ...Object.fromEntries(fields) };
}

const isTyped = (field) => field.type === "text" || field.type === "textarea";
const content = (values) => JSON.stringify({ ...values, version: "" });

function write(section, values) {
  const form = formOf(section);
  for (const field of form.elements) {
    if (field.type === "radio") field.checked = field.value === values[field.name];
    else if (field.type === "checkbox") field.checked = field.name in values;
    else if (isTyped(field)) field.value = values[field.name] ?? "";
  }
  form.elements.version.value = values.version;
}

function say(section, text, tone = "muted", ...more) {
  const state = section.querySelector("[data-state]");
  state.replaceChildren(text, ...more);
  state.className = `visit-state tone-text-${tone}`;
}

const isAnswered = (section) => section.querySelector('input[name="seen"]:checked') !== null;

function showProgress() {
  const answered = sections.filter(isAnswered).length;
  root.querySelector("[data-progress]").textContent = `已答 ${answered} / ${sections.length}`;
}

/** Save one question; saves of the same question follow each other. Resolves to "saved", "waits" or "refused". */
function save(section) {
  const key = section.dataset.question;
  store(key, read(section));
  showProgress();
  const next = (sending.get(key) ?? Promise.resolve()).then(() => send(section));
  sending.set(key, next);
  return next;
}

async function send(section) {
  const form = formOf(section);
  const sent = read(section);
  say(section, "保存中…");
  let response;
  try {
    response = await post(form.action, new URLSearchParams(sent));
  } catch {
    say(section, "未保存（离线），已留在本机，联网后自动上传。", "warn");
    return "waits";
  }
  return settle(section, sent, response);
}

async function settle(section, sent, response) {
  const answer = await response.json().catch(() => null);
  if (!answer) {
    say(section, `未保存：服务器暂时没有保存（${response.status}）。内容已留在本机，请稍后点“重新上传”。`, "bad");
    return "waits";
  }
  if (response.ok) {
    formOf(section).elements.version.value = answer.version;
    const now = read(section);
    record.markArrived(section.dataset.question);
    if (content(now) === content(sent)) store(section.dataset.question, null);
    else record.setAnswer(section.dataset.question, now);
    say(section, [`已保存 ${answer.saved_at}`, answer.asks].filter(Boolean).join("\n"), answer.asks ? "warn" : "ok");
    return "saved";
  }
  if (response.status === 409 && answer.theirs) showConflict(section, answer);
  say(section, `未保存：${sentencesOf(answer).join("\n")}`, "bad", signInAgain(answer));
  if (answer.login || response.status >= 500) return "waits";
  refused.add(section.dataset.question);
  return "refused";
}

function showConflict(section, answer) {
  const names = { yes: "是", no: "否", not_seen: "未查看", "": "未作答" };
  const box = section.querySelector("[data-conflict]");
  const text = document.createElement("p");
  const { theirs } = answer;
  text.textContent = `${answer.by}刚保存：${names[theirs.seen]}；现场值 ${theirs.found || "—"}；说明 ${theirs.note || "—"}`;
  const mine = choice(box, "用我的", () => {
    formOf(section).elements.version.value = theirs.version;
    save(section);
  });
  const other = choice(box, "用对方的", () => {
    write(section, theirs);
    store(section.dataset.question, null);
    say(section, "已采用对方的内容", "ok");
  });
  box.replaceChildren(text, mine, other);
  box.hidden = false;
}

for (const section of sections) {
  const form = formOf(section);
  let timer;
  form.addEventListener("input", (event) => {
    clearTimeout(timer);
    // On this phone at once: the page may be left while the typing rests.
    record.setAnswer(section.dataset.question, read(section));
    say(section, "待保存");
    // A choice is saved at once, words when the typing rests.
    timer = setTimeout(() => save(section), isTyped(event.target) ? 800 : 0);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const raise = event.submitter?.value === "finding";
    const outcome = await save(section);
    if (!raise || outcome === "refused") return;
    if (outcome === "saved" || (await isStored(form.dataset.finding))) location.assign(form.dataset.finding);
    else say(section, "没有网络，登记问题的页面没有存在本机。回答已留在本机，联网后再登记。", "warn");
  });
}

/** Send what waits: answers and photos, then findings, which take the photo of their question, then the end. */
async function resend({ all = false } = {}) {
  const keys = Object.keys(record.answers).filter((key) => sectionOf(key) && (all || !refused.has(key)));
  await Promise.all(keys.map((key) => save(sectionOf(key))));
  await photos.send();
  await outbox.send(mayGo, report);
  await showCount();
}

/** The end goes when nothing else waits. */
async function mayGo(entry) {
  if (entry.kind !== "finish") return true;
  const others = (await outbox.entries()).filter((one) => one.kind !== "finish");
  return !Object.keys(record.answers).length && !photos.waiting.size && !others.length;
}

function report(entry, outcome) {
  if (outcome.waits) announce(outcome.waits, "warn", outcome.more);
  // The end leads to the page of the visit; what else arrives stands there too.
  if (outcome.arrived && entry.kind === "finish") follow(outcome.arrived);
  else showCount();
}

async function begin() {
  if (isStoredCopy()) document.getElementById("messages").replaceChildren();
  // What could not be sent last time comes back into the form and is sent again.
  for (const [key, values] of Object.entries(record.answers)) {
    const section = sectionOf(key);
    if (section) write(section, values);
    else store(key, null);
  }
  rememberQuestions();
  showProgress();
  await photos.begin();
  await resend();
}
begin();
storePage(["/visits/", "/findings/visits/"], [...document.querySelectorAll("[data-store]")].map((link) => link.pathname));
addEventListener("online", () => resend());
setInterval(async () => {
  if (navigator.onLine && !document.hidden && (await showCount())) resend();
}, RETRY_MS);
retryButton.addEventListener("click", () => resend({ all: true }));

const pager = root.querySelector("[data-pager]");
const small = matchMedia("(max-width: 699.98px)");
const asked = sections.findIndex((section) => `#${section.id}` === location.hash);
// A half-done check opens at its first unanswered question.
let current = Math.max(0, asked >= 0 ? asked : sections.findIndex((section) => !isAnswered(section)));

function show(index) {
  current = Math.min(Math.max(index, 0), sections.length - 1);
  sections.forEach((section, place) => section.classList.toggle("is-current", place === current));
  root.querySelector("[data-position]").textContent = `${current + 1} / ${sections.length}`;
  root.querySelector("[data-previous]").disabled = current === 0;
  root.querySelector("[data-next]").disabled = current === sections.length - 1;
}

function arrange() {
  root.classList.toggle("one-by-one", small.matches);
  pager.hidden = !small.matches;
  show(current);
}

function turn(step) {
  show(current + step);
  sections[current].querySelector("h2").scrollIntoView({ block: "center" });
}
root.querySelector("[data-previous]").addEventListener("click", () => turn(-1));
root.querySelector("[data-next]").addEventListener("click", () => turn(1));
small.addEventListener("change", arrange);
arrange();
