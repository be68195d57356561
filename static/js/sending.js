// Plain forms are sent by script: a refusal, a fault or a cut network is a sentence in the page, and what was typed
// stays where it is. Without this script every form works as the browser sends it.

import { announce, problemOf } from "./announce.js";
import { post } from "./person.js";

const NO_NETWORK = "网络不通，没有收到办理结果。填写的内容还在本页，请检查网络后再提交一次，不会重复办理。";

/**
 * Open the page an action leads to, loaded anew also where only the part after # differs. A page that shows by itself
 * what changed listens for page:follow and prevents it; then the answer is false.
 */
export function follow(address) {
  const next = new URL(address, location.href);
  if (!document.dispatchEvent(new CustomEvent("page:follow", { cancelable: true, detail: next }))) return false;
  location.assign(next);
  if (next.hash && next.href.split("#")[0] === location.href.split("#")[0]) location.reload();
  return true;
}

/** Send a form and show what became of it: "leaving" for the page it leads to, "signed out", or "here". */
export async function send(form, submitter) {
  const body = new FormData(form);
  if (submitter?.name) body.append(submitter.name, submitter.value);
  // A field may be called action: the attribute is asked, not the property.
  const address = submitter?.getAttribute("formaction") ?? form.getAttribute("action") ?? "";
  let response;
  let text;
  try {
    response = await post(address || location.href, body);
    if (response.headers.get("Content-Disposition")?.startsWith("attachment")) {
      await save(response);
      return "here";
    }
    text = await response.text();
  } catch {
    announce(NO_NETWORK, "warn");
    return "here";
  }
  const answer = asJson(text);
  if (answer?.location) {
    return follow(answer.location) ? "leaving" : "here";
  }
  if (response.status === 401) return "signed out";
  if (!answer && isPage(response)) show(text, response.url);
  else announce(...problemOf(response.status, answer));
  return "here";
}

/** Save a file that comes as the answer, as the browser does with a download of its own. */
async function save(response) {
  const [, coded, plain] = /filename\*=utf-8''([^;]+)|filename="([^"]*)"/i.exec(response.headers.get("Content-Disposition")) ?? [];
  const name = coded ? decodeURIComponent(coded) : plain;
  const content = await received(response);
  const link = Object.assign(document.createElement("a"), { href: URL.createObjectURL(content), download: name ?? "" });
  link.click();
  setTimeout(() => URL.revokeObjectURL(link.href), 60_000);
  announce(`已导出${name ? `“${name}”` : ""}，请在浏览器的下载中查看。`, "ok");
}

/** The whole of a file; one that takes more than a second says how much of it is there. */
async function received(response) {
  const whole = Number(response.headers.get("Content-Length"));
  const parts = [];
  const began = Date.now();
  let size = 0;
  let box = null;
  try {
    for await (const part of chunks(response.body)) {
      parts.push(part);
      size += part.length;
      if (Date.now() - began < 1000) continue;
      box ??= announce("", "info");
      const words = `正在下载：${megabytes(size)}${whole >= size ? ` / ${megabytes(whole)}` : ""}`;
      if (box && box.textContent !== words) box.textContent = words;
    }
  } finally {
    box?.remove();
  }
  return new Blob(parts, { type: response.headers.get("Content-Type") ?? "" });
}

/** Chrome reads a stream only through its reader. */
async function* chunks(body) {
  const reader = body.getReader();
  for (let next = await reader.read(); !next.done; next = await reader.read()) yield next.value;
}

function megabytes(bytes) {
  return `${Math.ceil(bytes / 1048576)} MB`;
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Whether an answer is a page of ours; what a proxy says about a server that is down is not. */
function isPage(response) {
  return response.status < 500 && response.headers.get("Content-Type")?.startsWith("text/html");
}

let shown = location.pathname;

/** Put the page that answered in the place of this one: the form with what is wrong in it, a password shown once. */
export function show(text, address) {
  const next = new DOMParser().parseFromString(text, "text/html");
  for (const link of next.querySelectorAll('head link[rel="stylesheet"]')) {
    if (!document.head.querySelector(`link[href="${link.getAttribute("href")}"]`)) document.head.append(link);
  }
  document.title = next.title;
  const chosen = [...document.querySelectorAll("input[type=file][id]")].filter((box) => box.files.length);
  document.body.replaceWith(next.body);
  // A server cannot hand chosen files back; the browser still has them.
  for (const { id, files } of chosen) {
    const box = document.getElementById(id);
    if (box) box.files = files;
  }
  const url = new URL(address);
  if (url.pathname !== location.pathname) history.pushState(null, "", url);
  shown = url.pathname;
  // A script that was parsed does not run, and a module runs once for an address.
  for (const script of document.body.querySelectorAll("script[src]")) {
    const again = Object.assign(document.createElement("script"), { type: script.type, src: `${script.src}?${Date.now()}` });
    script.replaceWith(again);
  }
  globalThis.htmx?.process(document.body);
  document.dispatchEvent(new CustomEvent("page:shown"));
  scrollTo(0, 0);
  const wrong = document.querySelector(".is-invalid, .alert-danger, [aria-invalid=true]");
  wrong?.scrollIntoView({ block: "center" });
  wrong?.focus({ preventScroll: true });
}
// A page that opens what is gone back to by itself prevents page:back.
addEventListener("popstate", () => {
  if (location.pathname === shown) return;
  if (document.dispatchEvent(new CustomEvent("page:back", { cancelable: true }))) location.reload();
});
