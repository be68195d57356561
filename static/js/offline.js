// The service worker of the pages people work on without a network: a visit's checklist with its follow-up, findings and
// end, and a submission's form. Pages and files come from the server as ever; only when it cannot be reached, the last
// copy here is shown.

const PAGE = /^\/(visits\/\d+\/(checklist|follow-up)|findings\/visits\/\d+\/(new|finish)|submissions\/\d+\/s\/\w+)\/$/;
// Filled in for the question the address names: no copy for another question.
const FOR_A_QUESTION = /^\/findings\/visits\/\d+\/new\/$/;
const PERSON = /<meta name="page-person" content="(\d+)"/;
const FILES = "youheng-files";
const MOST = { page: 60, file: 200 };
const ASSET = /(?:src|href)="(\/static\/[^"]+)"/g;
const IMPORT = /from\s*"(\.\/[^"]+)"/g;
const MISSING = `<!doctype html><html lang="zh-CN"><meta charset="utf-8">
<meta name="viewport" content="width=device-width"><title>没有网络 · 优衡</title>
<h1>没有网络</h1><p>这一页还没有在本机保存过，联网后再打开。已经填写的内容都还在。</p>`;

addEventListener("install", () => skipWaiting());
addEventListener("activate", (event) => event.waitUntil(clients.claim()));

addEventListener("fetch", (event) => {
  const { request } = event;
  const { origin, pathname } = new URL(request.url);
  if (request.method !== "GET" || origin !== location.origin) return;
  // A section of the form is fetched by its script; browsers ask for a page with more than this.
  const isPage = request.mode === "navigate" || request.headers.get("Accept") === "text/html";
  if (isPage && PAGE.test(pathname)) event.respondWith(page(event, pathname));
  else if (pathname.startsWith("/static/")) event.respondWith(file(event));
});

// A page asks to be stored, with others people go on to from it: it may have been open before this worker was there, or
// just opening, and then what it fetches would go past this worker for good.
addEventListener("message", (event) => {
  const { pages, files } = event.data;
  event.waitUntil(clients.claim().then(() => storeNow(pages.filter((pathname) => PAGE.test(pathname)), files)));
});

/** A page is there once all it is made of is. */
async function storeNow(pages, files) {
  const answers = await Promise.all(pages.map((pathname) => fetch(pathname).catch(() => Response.error())));
  const texts = await Promise.all(answers.map((response) => response.clone().text()));
  const assets = texts.flatMap((text) => [...text.matchAll(ASSET)].map(([, url]) => url));
  await storeFiles([...new Set([...files, ...assets])], new Set());
  await Promise.all(pages.map((pathname, place) => storePage(pathname, answers[place])));
}

/** Store files, and the modules that scripts among them import. */
async function storeFiles(urls, seen) {
  const cache = await caches.open(FILES);
  const left = urls.filter((url) => !seen.has(url));
  left.forEach((url) => seen.add(url));
  const imports = await Promise.all(
    left.map(async (url) => {
      const response = await fetch(url);
      if (!response.ok) return [];
      await cache.put(url, response.clone());
      if (!new URL(url, location.origin).pathname.endsWith(".js")) return [];
      return [...(await response.text()).matchAll(IMPORT)].map(([, name]) => new URL(name, response.url).href);
    }).map((one) => one.catch(() => [])),
  );
  if (left.length) await storeFiles(imports.flat(), seen);
}

async function page(event, pathname) {
  try {
    const response = await fetch(event.request);
    const isForAll = !FOR_A_QUESTION.test(pathname) || !new URL(event.request.url).search;
    if (isForAll) event.waitUntil(storePage(pathname, response.clone()));
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
  // The copy says that it is one.
  const copy = text.replace("<head>", `<head><meta name="stored-at" content="${new Date().toISOString()}">`);
  const headers = new Headers(response.headers);
  for (const name of ["Content-Length", "Content-Encoding"]) headers.delete(name);
  await cache.put(pathname, new Response(copy, { headers }));
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
