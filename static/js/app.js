// Behaviours of every page: CSRF and errors of htmx requests, confirmations, double submits, whose page it is.

import { announce, linkTo, problemOf, clearAnnounced } from "./announce.js";
import { csrf, headers, pagePerson, replacedBy } from "./person.js";
import { send } from "./sending.js";
import { signInHere } from "./sign_in.js";

function answerOf(xhr) {
  try {
    return JSON.parse(xhr.responseText);
  } catch {
    return null;
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  Object.assign(event.detail.headers, headers());
});
// A poll that gets no answer says so once, and removes the message when it gets one again.
const isPoll = (event) => event.detail.elt.matches("[hx-trigger^=every]");
let unanswered = null;

function sayNoProgress() {
  if (unanswered?.isConnected) return;
  unanswered = announce("暂时取不到最新进度，任务照常进行，恢复后自动更新。", "warn");
}
document.addEventListener("htmx:afterRequest", (event) => {
  if (!isPoll(event) || !event.detail.successful) return;
  unanswered?.remove();
  unanswered = null;
});
document.addEventListener("htmx:responseError", (event) => {
  // 401: the session has ended; the sign-in page leads back here.
  if (event.detail.xhr.status === 401) location.reload();
  else if (isPoll(event)) sayNoProgress();
  else if (event.detail.xhr.status === 409 && replacedBy()) saySignedOut(replacedBy());
  else announce(...problemOf(event.detail.xhr.status, answerOf(event.detail.xhr)));
});
document.addEventListener("htmx:sendError", (event) => {
  if (isPoll(event)) sayNoProgress();
  else announce("网络不通，操作没有完成。请检查网络后重试。", "warn");
});

const SIGNED_OUT = {
  other: "这个浏览器现在登录的是另一个账号，为免记到他人名下，没有提交。填写的内容还在本页：",
  nobody: "您已退出登录或登录已过期，没有提交。填写的内容还在本页：",
};

/** Say that the person of this page is no longer signed in, and how to go on. */
function saySignedOut(who) {
  const login = document.querySelector('meta[name="login-path"]')?.content;
  announce(SIGNED_OUT[who], "warn", linkTo(login, "重新登录"), "，再提交一次。");
}

document.addEventListener("submit", async (event) => {
  // Forms another script has taken over (htmx, uploads, autosave) are not ours.
  if (event.defaultPrevented) return;
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.method !== "post") return;
  // A double click sends once.
  if ("sending" in form.dataset) {
    event.preventDefault();
    return;
  }
  clearAnnounced();
  const who = replacedBy();
  if (who) {
    event.preventDefault();
    saySignedOut(who);
    return;
  }
  // A person who signed in again since the page was opened has a new token.
  if (form.elements.csrfmiddlewaretoken) form.elements.csrfmiddlewaretoken.value = csrf();
  form.dataset.sending = "";
  // Signing in and out leads from one session to another: the browser's own way.
  if (!pagePerson || "native" in form.dataset) return;
  event.preventDefault();
  event.submitter?.setAttribute("aria-busy", "true");
  const outcome = await send(form, event.submitter);
  event.submitter?.removeAttribute("aria-busy");
  if (outcome === "leaving") return;
  delete form.dataset.sending;
  if (outcome === "signed out") saySignedOut("nobody");
});
// Coming back with the browser's back button must leave forms usable.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sending]")) delete form.dataset.sending;
});

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit-on-change]")) event.target.form?.requestSubmit();
});
// How many boxes of a name are ticked (data-ticked) follows the ticks.
function countTicks() {
  for (const shown of document.querySelectorAll("[data-ticked]")) {
    shown.value = document.querySelectorAll(`input[type="checkbox"][name="${shown.dataset.ticked}"]:checked`).length;
  }
}
document.addEventListener("change", countTicks);
// A field that is asked only where another has one of some values (data-asked-for="name value value") is hidden elsewhere.
function showAsked() {
  for (const field of document.querySelectorAll("[data-asked-for]")) {
    const [name, ...values] = field.dataset.askedFor.split(" ");
    field.closest('[id^="div_"]').hidden = !values.includes(new FormData(field.form).get(name));
  }
}
document.addEventListener("change", showAsked);
addEventListener("pageshow", showAsked);
document.addEventListener("page:shown", showAsked);
addEventListener("pageshow", countTicks);
document.addEventListener("click", signInHere);
document.addEventListener("click", (event) => {
  if (event.target.closest("[data-back]")) history.back();
  else if (event.target.closest("[data-print]")) print();
});

// What is folded on a phone (data-fold) is open on wider screens; where something in it is wrong it is open everywhere.
const narrow = matchMedia("(max-width: 699.98px)");

function fold() {
  for (const box of document.querySelectorAll("details[data-fold]")) box.open = !narrow.matches || box.querySelector(".is-invalid") !== null;
}
fold();
narrow.addEventListener("change", fold);
document.addEventListener("page:shown", fold);

// A long form that is saved at its end (data-guard) asks before its page is left with something not saved.
document.addEventListener("input", (event) => event.target.closest("form[data-guard]")?.setAttribute("data-changed", ""));
document.addEventListener("page:shown", () => {
  for (const form of document.querySelectorAll("form[data-guard]")) form.dataset.changed = "";
});
addEventListener("beforeunload", (event) => {
  if (!document.querySelector("form[data-guard][data-changed]:not([data-sending])")) return;
  event.preventDefault();
  event.returnValue = "";
});

// A table that scrolls sideways can be reached and scrolled with the keyboard.
function markScrollable(box) {
  const scrolls = box.scrollWidth > box.clientWidth;
  if (!scrolls) {
    box.removeAttribute("tabindex");
    return;
  }
  box.tabIndex = 0;
  box.setAttribute("role", "region");
  const title = box.closest("section, .card")?.querySelector("h2, h3")?.textContent.trim();
  if (!box.hasAttribute("aria-label")) box.setAttribute("aria-label", `可左右滚动的表格${title ? `：${title}` : ""}`);
}
const widths = new ResizeObserver((entries) => entries.forEach((entry) => markScrollable(entry.target)));
const watch = (root) => root.querySelectorAll(".table-responsive").forEach((box) => widths.observe(box));
watch(document);
document.addEventListener("htmx:load", (event) => watch(event.target));
document.addEventListener("page:shown", () => watch(document));

// Where a list is cards (phones), what is blank is left out.
function markBlank(root) {
  for (const cell of root.querySelectorAll(".table-cards td[data-label]")) cell.classList.toggle("is-blank", cell.textContent.trim() === "—");
}
markBlank(document);
document.addEventListener("htmx:load", (event) => markBlank(event.target));
document.addEventListener("page:shown", () => markBlank(document));

// A box in the head of a list (data-check-all) ticks all of its rows.
for (const list of document.querySelectorAll("[data-check-all]")) {
  const boxes = [...list.querySelectorAll('tbody input[type="checkbox"]')];
  const head = list.querySelector("thead th");
  if (!boxes.length || !head) continue;
  const all = Object.assign(document.createElement("input"), { type: "checkbox", className: "form-check-input" });
  all.setAttribute("aria-label", "全选");
  all.addEventListener("change", () => boxes.forEach((box) => (box.checked = all.checked)));
  head.replaceChildren(all);
}

// On paper nothing can be unfolded: open what is part of the page before printing, fold it again afterwards.
const folded = new Set();

addEventListener("beforeprint", () => {
  for (const details of document.querySelectorAll("details[data-print-open]:not([open])")) {
    folded.add(details);
    details.open = true;
  }
});
addEventListener("afterprint", () => {
  for (const details of folded) details.open = false;
  folded.clear();
});

// Pages stored for work without a network belong to one person; nobody else finds them in this browser.
globalThis.caches?.keys().then((names) => {
  const others = names.filter((name) => name.startsWith("youheng-pages-") && name !== `youheng-pages-${pagePerson || "nobody"}`);
  return Promise.all(others.map((name) => caches.delete(name)));
});

// A button (data-insert) puts its words where the cursor is in the field whose id it names (data-into).
document.addEventListener("click", (event) => {
  const button = event.target.closest?.("[data-insert]");
  const field = button && document.getElementById(button.dataset.into);
  if (!field) return;
  field.setRangeText(button.dataset.insert, field.selectionStart, field.selectionEnd, "end");
  field.focus();
});
