// The service worker of the two pages people work on without a network: a visit's checklist and a submission's form.
// Pages and files come from the server as ever; only when it cannot be reached, the last copy here is shown.

const PAGE = /^\/(visits\/\d+\/checklist|submissions\/\d+\/s\/\w+)\/$/;
const PERSON = /<meta name="page-person" content="(\d+)"/;
const FILES = "youheng-files";
const MOST = { page: 60, file: 200 };
const MISSING = `<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>没有网络 · 优衡</title>
<h1>没有网络</h1><p>这一页还没有在本机保存过，联网后再打开。已经填写的内容都还在。</p>`;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  if (request.mode === "navigate" && PAGE.test(pathname)) event.respondWith(page(event, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(event));
});

// A page that was open before this worker was there asks to be stored, with the files it is made of.
addEventListener("message", (event) => {
  const { page: pathname, files } = event.data;
  if (PAGE.test(pathname)) event.waitUntil(storeNow(pathname, files));
});

async function storeNow(pathname, files) {
  await storePage(pathname, await fetch(pathname));
  const cache = await caches.open(FILES);
  await Promise.allSettled(files.map((url) => cache.add(url)));
}

async function page(event, pathname) {
  try {
    const response = await fetch(event.request);
    event.waitUntil(storePage(pathname, response.clone()));
    return response;
  } catch {
    const stored = await caches.match(pathname, { ignoreVary: true });
    return stored ?? new Response(MISSING, { status: 503, headers: { "Content-Type": "text/html; charset=utf-8" } });
  }
}

/** Store a page under the name of the person it was made for; whoever signs in next takes it away (app.js). */
async function storePage(pathname, response) {
  if (!response.ok || response.redirected) return;
  const text = await response.text();
  const person = text.match(PERSON)?.[1];
  if (!person) return;
  const cache = await caches.open(`youheng-pages-${person}`);
  await cache.put(pathname, new Response(text, { headers: response.headers }));
  await trim(cache, MOST.page);
}

async function file(event) {
  const cache = await caches.open(FILES);
  try {
    const response = await fetch(event.request);
    if (response.ok) event.waitUntil(cache.put(event.request, response.clone()).then(() => trim(cache, MOST.file)));
    return response;
  } catch (error) {
    const stored = await cache.match(event.request, { ignoreVary: true });
    if (stored) return stored;
    throw error;
  }
}

async function trim(cache, most) {
  const stored = await cache.keys();
  await Promise.all(stored.slice(0, Math.max(0, stored.length - most)).map((request) => cache.delete(request)));
}
