// A form of a visit (a finding, a follow-up, the end, an addendum): stored in this browser before it is sent, so that no
// dead spot, reload or closed browser loses a word. Without this script the form is sent as any other.

import { announce, clearAnnounced } from "./announce.js";
import { follow, show } from "./sending.js";
import { isStored } from "./store_page.js";
import { fill, Outbox } from "./visit_outbox.js";
import { isStoredCopy, VisitRecord } from "./visit_record.js";
import { bringUpToDate } from "./visit_copy.js";
import { takeLeftovers } from "./visit_leftovers.js";

const STORED = "内容已存在本机，联网后打开这次督导的检查页就会送出，不会重复办理。";
const NOT_STORED = "网络不通，本机存储也不可用（可能是无痕窗口）：内容只在本页，请不要关闭，联网后再提交一次。";
const UNSURE = "刚才送出的还不能确定是否送达，核对以前不能改。您后来改的还在本页，稍后再点一次。";
const ARRIVED = "刚才送出的已经送达。您后来改的还没有送：要另写一条的，再点一次；不要的，打开督导页就行。";
const forms = [...document.querySelectorAll("form[data-queued]")];
const record = new VisitRecord(forms[0]?.dataset.visit);
const outbox = new Outbox(record);

const kindOf = (form) => form.dataset.queued;

/** Whether something else of the visit waits that has to arrive before this: a finding takes the photo of its question. */
async function mustWait(form, entry) {
  if (!["finding", "finish"].includes(kindOf(form))) return false;
  const isBefore = (one) => one.key !== entry.key && (kindOf(form) === "finish" || (one.kind !== "finish" && !one.refused));
  const others = (await outbox.entries()).filter(isBefore);
  return others.length > 0 || Object.keys(record.answers).length > 0 || (await record.photos()).length > 0;
}

// The end, and what is said of one earlier finding, are written once: the server takes the second of two as a change.
const isOnce = (form) => ["follow-up", "finish"].includes(kindOf(form));

/** Whether what was sent and not answered had arrived is asked first, as it was sent; what is changed meanwhile stays in the page. */
async function isKnown(form) {
  const sent = (await outbox.entries()).find((one) => one.key === form.dataset.entry);
  if (!sent?.unsure || isOnce(form)) return true;
  const outcome = await outbox.deliver(sent);
  if (!outcome.arrived) {
    if (!outcome.refused) announce(`${outcome.waits ?? "网络不通。"}${UNSURE}`, "warn", outcome.more ?? "");
    return Boolean(outcome.refused);
  }
  await forgetLeftovers(form);
  if (outbox.isSame(form, sent)) follow(outcome.arrived);
  else announce(ARRIVED, "warn");
  delete form.dataset.entry;
  return false;
}

/** What else waited and went into an addendum that has arrived. */
async function forgetLeftovers(form) {
  await Promise.all((form.leftovers ?? []).map((one) => one.forget()));
  form.leftovers = [];
}

async function submit(form) {
  clearAnnounced();
  if (!(await isKnown(form))) return null;
  const entry = await outbox.put(form, form.dataset.entry);
  form.dataset.entry = entry.key;
  if (entry.stored && (await mustWait(form, entry))) return goOn(form, navigator.onLine);
  const outcome = await outbox.deliver(entry);
  if (outcome.arrived) {
    await forgetLeftovers(form);
    return follow(outcome.arrived);
  }
  if (outcome.text) {
    show(outcome.text, outcome.url);
    // The page that answered has a form of its own: what is corrected there is the same entry.
    const again = document.querySelector(`form[data-queued][action="${form.getAttribute("action") ?? ""}"]`) ?? document.querySelector("form[data-queued]");
    if (again) again.dataset.entry = entry.key;
  } else if (outcome.refused) announce(`没有送达：${outcome.refused}`, "bad");
  else if (!entry.stored) announce(NOT_STORED, "bad");
  else if (outcome.waits) announce(`${outcome.waits}${STORED}`, "warn", outcome.more);
  else return goOn(form);
  return null;
}

/** To the checklist, which sends what waits; where that page is not to be had, a sentence here. */
async function goOn(form, isUp = false) {
  if (kindOf(form) === "follow-up") announce("已存在本机，联网后自动送出，不会重复。", "warn");
  else if (form.dataset.hub && (isUp || (await isStored(form.dataset.hub)))) location.assign(form.dataset.hub);
  else announce(`网络不通。${STORED}`, "warn");
}

/** What an entry says of an earlier finding, as the server renders it in data-said. */
const saidIn = ({ fields }) =>
  ["outcome", "now", "requirement"].map((name) => fields.find(([own]) => own === name)?.[1].trim().replaceAll("\r\n", "\n") ?? "").join("\n");

/** Follow-ups are sent from their own page too; each goes on where the server now is: other words made a version, photos none. */
async function sendFollowUps() {
  await outbox.send((entry) => entry.kind === "follow-up", (entry, outcome) => {
    const form = forms.find((one) => one.dataset.entry === entry.key);
    if (outcome.arrived) announce(`已送达：${entry.label}`, "ok");
    if (outcome.refused) announce(`没有送达：${entry.label}：${outcome.refused}`, "bad");
    if (!outcome.arrived || !form) return;
    if (saidIn(entry) !== form.dataset.said) {
      form.elements.version.value = Number(form.elements.version.value) + 1;
      form.dataset.said = saidIn(entry);
    }
    form.elements.photo.value = "";
    delete form.dataset.entry;
  });
}

async function restore() {
  const entries = await outbox.entries();
  for (const form of forms) {
    const address = new URL(form.getAttribute("action") || location.href, location.href).href.split("#")[0];
    const named = entries.find((entry) => location.hash === `#waiting-${entry.key}`);
    // What waits is what the form says; where it may have arrived, only in forms that are written once.
    const own = kindOf(form) === "finding" ? named : entries.find((entry) => entry.address === address);
    if (!own || (own.unsure && !isOnce(form)) || own.address !== address || form.dataset.entry) continue;
    fill(form, own);
    form.dataset.entry = own.key;
    if (own === named) form.scrollIntoView();
    if (own.refused) announce(`上次没有送达：${own.refused}`, "bad");
  }
}

for (const form of forms) {
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    // A double click sends once.
    if ("sending" in form.dataset) return;
    form.dataset.sending = "";
    event.submitter?.setAttribute("aria-busy", "true");
    await submit(form);
    event.submitter?.removeAttribute("aria-busy");
    delete form.dataset.sending;
  });
}

async function begin() {
  if (isStoredCopy()) {
    document.getElementById("messages").replaceChildren();
    announce("没有网络，这是存在本机的页面。填写的内容先存在本机，联网后送出。", "warn");
    bringUpToDate(forms[0], record, await outbox.entries());
  }
  await restore();
  if (location.hash === "#waiting" && kindOf(forms[0]) === "addendum" && !forms[0].dataset.entry) await takeLeftovers(forms[0], record);
  if (!forms.some((form) => kindOf(form) === "follow-up")) return;
  sendFollowUps();
  addEventListener("online", sendFollowUps);
}
if (forms.length) begin();
