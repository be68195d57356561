// Signing in again without leaving the page: the sign-in pages in a dialog, one after the other, until its person is back.

import { announce, clearAnnounced } from "./announce.js";
import { pagePerson } from "./person.js";

const loginPath = new URL(document.querySelector('meta[name="login-path"]')?.content ?? "/", location.href).pathname;

/** Ask for a page of signing in; without X-Page-Person, for whoever answers is not signed in yet. */
async function ask(address, options = {}) {
  const response = await fetch(address, { headers: { Accept: "text/html" }, ...options });
  return { at: response.url, page: new DOMParser().parseFromString(await response.text(), "text/html") };
}

// Signing in again is for the person of the page alone: whoever else sits down signs in from a page of their own.
const account = document.querySelector('meta[name="page-account"]')?.content ?? "";

function nameAccount(form) {
  const field = form.elements.username;
  if (!field || !account) return;
  field.value = account;
  field.readOnly = true;
  field.removeAttribute("autofocus");
  const hint = form.querySelector(`#${CSS.escape(field.getAttribute("aria-describedby")?.split(" ")[0] ?? "none")}`);
  if (hint) hint.textContent = "本页是用这个账号打开的。不是您的账号，请点“取消”，从登录页登录。";
}

const formOf = (page) => page.querySelector('main form[method="post"]');

function show(dialog, { at, page }) {
  const form = document.importNode(formOf(page), true);
  // The page around the dialog may have a password field of its own.
  for (const named of form.querySelectorAll("[id], [for], [aria-describedby]")) {
    for (const name of ["id", "for", "aria-describedby"]) {
      if (named.hasAttribute(name)) named.setAttribute(name, `again-${named.getAttribute(name)}`);
    }
  }
  const title = Object.assign(document.createElement("h2"), { id: "again", textContent: page.querySelector("h1")?.textContent.trim() });
  const cancel = Object.assign(document.createElement("button"), { type: "button", className: "btn w-100 mt-2", textContent: "取消" });
  cancel.addEventListener("click", () => dialog.close());
  // Who is signed in here now and would be signed out.
  const notices = [...page.querySelectorAll("main .notice")].map((one) => document.importNode(one, true));
  dialog.replaceChildren(title, ...notices, form, cancel);
  nameAccount(form);
  form.addEventListener("submit", async (event) => {
    event.preventDefault();
    const button = form.querySelector('button[type="submit"]');
    button.disabled = true;
    try {
      const address = new URL(form.getAttribute("action") || at, at);
      next(dialog, await ask(address, { method: "POST", body: new FormData(form) }));
    } catch {
      button.disabled = false;
      button.after("网络不通，没有登录。请检查网络后再试。");
    }
  });
  form.querySelector("input:not([type=hidden]):not([readonly])")?.focus();
}

function next(dialog, { at, page }) {
  const person = page.querySelector('meta[name="page-person"]')?.content;
  const isBack = person === pagePerson && new URL(at).pathname !== loginPath;
  // A wrong password, or the code of signing in in two steps.
  if (!isBack && page.querySelector(".outside") && formOf(page)) {
    show(dialog, { at, page });
    return;
  }
  dialog.close();
  clearAnnounced();
  if (isBack) {
    announce("已重新登录，填写的内容都在。没有自动保存的，请再点一次保存或提交。", "ok");
    // What waited for the network waited for this too.
    dispatchEvent(new Event("online"));
  } else announce("登录的是另一个账号，本页的内容只能由原来的人提交。", "warn");
}

/** Take over a click on a link to the sign-in page. */
export async function signInHere(event) {
  const link = event.target.closest?.('a[target="_blank"]');
  if (!link || !pagePerson || event.ctrlKey || event.metaKey || event.shiftKey) return;
  if (new URL(link.href, location.href).pathname !== loginPath) return;
  event.preventDefault();
  const dialog = document.createElement("dialog");
  dialog.className = "sign-in";
  dialog.setAttribute("aria-labelledby", "again");
  dialog.addEventListener("close", () => dialog.remove());
  try {
    const first = await ask(document.querySelector('meta[name="login-path"]').content);
    document.body.append(dialog);
    dialog.showModal();
    show(dialog, first);
  } catch {
    dialog.remove();
    announce("网络不通，暂时不能登录。填写的内容还在本页，请检查网络后再试。", "warn");
  }
}
