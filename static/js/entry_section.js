// Sections follow one another without leaving the page: what stands in <main> is exchanged for the next section's, the
// scripts and what waits in them stay. Without this script a section is opened as the link leads.

import { announce, clearAnnounced } from "./announce.js";

const SECTION = /^(\/submissions\/\d+\/s\/)\w+\/$/;
const main = document.getElementById("main");
const submission = location.pathname.match(SECTION)?.[1];
let last = 0;

/** Whether an address is a section of the form that is open here. */
export function isSection(address) {
  const { origin, pathname } = new URL(address, location.href);
  return main.isConnected && origin === location.origin && pathname.match(SECTION)?.[1] === submission;
}

/** Whether a page was made of the same scripts and styles for the same person: after an upgrade old and new never mix. */
function fits(next) {
  const madeOf = (page) =>
    [...page.querySelectorAll('script[src], link[rel="stylesheet"], meta[name="page-person"]')]
      .map((one) => one.getAttribute("src") ?? one.getAttribute("href") ?? one.content)
      .join();
  return Boolean(next.querySelector("[data-entry-form]")) && madeOf(next) === madeOf(document);
}

/**
 * Put a section in the place of the open one and call `opened`; `top` is where a section people come back to was
 * scrolled to. What cannot be shown here is opened as a page of its own, by `leave`.
 */
export async function openSection(address, { isBack = false, top = 0, opened, leave }) {
  last += 1;
  const turn = last;
  // This kind of answer is what the service worker stores, as it does with a page.
  main.ariaBusy = "true";
  const response = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  const text = await response?.text().catch(() => null);
  if (turn !== last) return;
  main.ariaBusy = null;
  if (!isBack && (!text || response.status === 503)) {
    clearAnnounced();
    announce("没有打开这一栏：网络不通，或服务器忙。填写的内容都还在，请稍后再打开。", "warn");
    return;
  }
  const next = new DOMParser().parseFromString(text ?? "", "text/html");
  if (!response?.ok || response.redirected || !fits(next)) {
    leave();
    return;
  }
  if (!isBack) {
    history.replaceState({ top: scrollY }, "");
    if (new URL(address, location.href).href !== location.href) history.pushState(null, "", address);
  }
  document.title = next.title;
  main.replaceChildren(...next.getElementById("main").childNodes);
  opened();
  document.dispatchEvent(new CustomEvent("page:shown"));
  const place = location.hash && document.getElementById(location.hash.slice(1));
  if (place) {
    place.scrollIntoView({ block: "center" });
    place.focus({ preventScroll: true });
    return;
  }
  const heading = main.querySelector(".entry-title h2");
  heading.tabIndex = -1;
  heading.focus({ preventScroll: true });
  scrollTo(0, top);
  // Where much stands above it, as on a phone or zoomed in, one would see the same as before.
  if (!isBack && heading.getBoundingClientRect().bottom > innerHeight / 2) main.querySelector("[data-entry]").scrollIntoView();
}

/** Where the list of sections scrolls, the open one is in sight. */
export function showPlace() {
  const parts = main.querySelector(".entry-parts");
  const here = parts?.querySelector("[aria-current]");
  if (here) parts.scrollLeft = here.offsetLeft - parts.offsetLeft - 16;
}

export function replaceContent(target, markup) {
  const open = [...target.querySelectorAll("details")].map((details) => details.open);
  target.innerHTML = markup;
  // Small screens: what was folded away stays folded away.
  target.querySelectorAll("details").forEach((details, n) => (details.open = open[n] ?? details.open));
}
