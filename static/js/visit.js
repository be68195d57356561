// The checklist: saves each answer as it is given, stores it on the phone while there is no network,
// shows one question at a time on small screens. Without this script every form works by itself.

import { choice, sentencesOf, signInAgain } from "./announce.js";
import { storePage } from "./store_page.js";
import { post } from "./person.js";
import { Photos } from "./visit_photos.js";

const root = document.querySelector("[data-checklist]");
const storeKey = `visit:${root.dataset.checklist}:${root.dataset.user}`;
const sections = [...root.querySelectorAll("[data-question]")];
const waitingText = root.querySelector("[data-waiting]");
const retryButton = root.querySelector("[data-retry]");
const sending = new Map();
const photos = new Photos(sections, storeKey, () => showWaiting());
root.classList.add("scripted");

function load() {
  try {
    return JSON.parse(localStorage.getItem(storeKey)) ?? {};
  } catch {
    return {};
  }
}

/** Store or drop what one question still has to send. Without storage only the copy is lost. */
function store(key, values) {
  const queue = load();
  if (values) queue[key] = values;
  else delete queue[key];
  try {
    localStorage.setItem(storeKey, JSON.stringify(queue));
  } catch {
    say(sectionOf(key), "本机存储不可用，请保持联网。", "warn");
  }
  showWaiting();
}

function showWaiting() {
  const count = Object.keys(load()).length + photos.waiting.size;
  waitingText.textContent = count ? `待上传 ${count} 项` : "";
  retryButton.hidden = !count;
}

const sectionOf = (key) => sections.find((section) => section.dataset.question === key);
const formOf = (section) => section.querySelector("[data-answer]");

function read(section) {
  const data = new FormData(formOf(section));
  return { seen: data.get("seen") ?? "", found: data.get("found"), note: data.get("note"), version: data.get("version") };
}

function write(section, values) {
  const form = formOf(section);
  for (const radio of form.querySelectorAll('input[name="seen"]')) radio.checked = radio.value === values.seen;
  form.elements.found.value = values.found;
  form.elements.note.value = values.note;
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

/** Save one question; saves of the same question follow each other. Resolves to true once the server has it. */
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
    return false;
  }
  return settle(section, sent, response);
}

async function settle(section, sent, response) {
  const answer = await response.json().catch(() => null);
  if (!answer) {
    say(section, `未保存：服务器暂时没有保存（${response.status}）。内容已留在本机，请稍后点“重新上传”。`, "bad");
    return false;
  }
  if (response.ok) {
    formOf(section).elements.version.value = answer.version;
    const now = read(section);
    if (["seen", "found", "note"].every((name) => now[name] === sent[name])) store(section.dataset.question, null);
    say(section, [`已保存 ${answer.saved_at}`, answer.asks].filter(Boolean).join("\n"), answer.asks ? "warn" : "ok");
    return true;
  }
  if (response.status === 409 && answer.theirs) showConflict(section, answer);
  say(section, `未保存：${sentencesOf(answer).join("\n")}`, "bad", signInAgain(answer));
  return false;
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
    // A choice is saved at once, words when the typing rests.
    timer = setTimeout(() => save(section), event.target.name === "seen" ? 0 : 800);
  });
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    clearTimeout(timer);
    const raise = event.submitter?.value === "finding";
    if ((await save(section)) && raise) location.assign(form.dataset.finding);
  });
}

function resend() {
  for (const key of Object.keys(load())) {
    const section = sectionOf(key);
    if (section) save(section);
  }
  photos.send();
}

// What could not be sent last time comes back into the form and is sent again.
for (const [key, values] of Object.entries(load())) {
  const section = sectionOf(key);
  if (section) write(section, values);
  else store(key, null);
}
resend();
photos.begin();
storePage("/visits/");
showProgress();
addEventListener("online", resend);
retryButton.addEventListener("click", resend);

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
