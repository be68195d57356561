// Store the page that is open for reloads without a network. Browsers allow it over HTTPS (and on this machine) only.

export async function storePage(scope) {
  if (!("serviceWorker" in navigator)) return;
  // A page that came through the worker is stored already; one loaded before it was active is not.
  const isStored = Boolean(navigator.serviceWorker.controller);
  await navigator.serviceWorker.register("/offline.js", { scope });
  const { active } = await navigator.serviceWorker.ready;
  if (isStored) return;
  const files = performance.getEntriesByType("resource").map((entry) => entry.name).filter((url) => url.includes("/static/"));
  active.postMessage({ page: location.pathname, files });
}
