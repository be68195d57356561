// Store the page that is open, and others, for reloads without a network. Browsers allow it over HTTPS (and on this
// machine) only.

/** `scopes` are the folders of the pages, the open one's first; `others` are more pages to store. */
export async function storePage(scopes, others = []) {
  if (!("serviceWorker" in navigator)) return;
  // Until the worker is there, another page may have been opened in this one's place.
  const { pathname } = location;
  // A page that came through the worker is stored already; one asked for before it was active is not, even where the
  // worker has taken it over meanwhile.
  const [opening] = performance.getEntriesByType("navigation");
  const isThere = opening.workerStart > 0;
  for (const scope of scopes) await navigator.serviceWorker.register("/offline.js", { scope });
  const { active } = await navigator.serviceWorker.ready;
  const pages = isThere ? others : [pathname, ...others];
  if (!pages.length) return;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name).filter((url) => url.includes("/static/"));
  active.postMessage({ pages, files });
}

/** Whether a page can be opened without a network. */
export async function isStored(address) {
  const { pathname } = new URL(address, location.href);
  return Boolean(await globalThis.caches?.match(pathname, { ignoreVary: true }));
}
