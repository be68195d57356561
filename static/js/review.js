// Reasons to send back typed on a review page stay in this browser until the decision, per person and revision:
// another tab of the page, a reload or an ended session loses none, and the decision carries all of them.

const form = document.querySelector("[data-review]");
const PREFIX = "youheng:review:";
const STORED_FOR_MS = 30 * 24 * 3600 * 1000;

const key = PREFIX + form.dataset.review;
const fields = () => form.querySelectorAll("[name^='phrase-'], [name^='reason-'], [name='comment']");
const stored = load();

function load() {
  try {
    for (const name of Object.keys(localStorage).filter((name) => name.startsWith(PREFIX))) {
      if (Date.now() - JSON.parse(localStorage.getItem(name)).at > STORED_FOR_MS) localStorage.removeItem(name);
    }
    return JSON.parse(localStorage.getItem(key))?.values ?? {};
  } catch {
    return {};
  }
}

function store() {
  for (const field of fields()) {
    if (field.value.trim()) stored[field.name] = field.value;
    else delete stored[field.name];
  }
  try {
    if (Object.keys(stored).length) localStorage.setItem(key, JSON.stringify({ at: Date.now(), values: stored }));
    else localStorage.removeItem(key);
  } catch {
    // Private windows may refuse storage: the words are still in this page.
  }
  count();
}

/** Show how many items have a reason, also those written in another tab of the page. */
function count() {
  const items = new Set(Object.keys(stored).filter((name) => name !== "comment").map((name) => name.replace(/^\w+?-/, "")));
  form.querySelector("[data-reasons]").textContent = items.size ? `已在 ${items.size} 个项目写了退回原因。` : "";
  for (const box of form.querySelectorAll(".send-back-reason")) {
    box.classList.toggle("is-written", [...box.querySelectorAll("select, textarea")].some((field) => field.value.trim()));
  }
}

/** Put the words of earlier into fields that came into the page empty. */
function fill() {
  for (const field of fields()) {
    if (field.value.trim() || !stored[field.name]) continue;
    field.value = stored[field.name];
    for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
  }
  store();
}
fill();
form.addEventListener("input", store);
form.addEventListener("formdata", (event) => {
  for (const [name, value] of Object.entries(stored)) if (!event.formData.has(name)) event.formData.append(name, value);
});

/** Take over from the server what it shows differently now, or one part of it, and stay where the person is. */
async function refresh(address, only = "[data-live]") {
  const answer = await fetch(address, { headers: { Accept: "text/html" } }).catch(() => null);
  const next = answer?.ok && new DOMParser().parseFromString(await answer.text(), "text/html");
  if (!next?.querySelector("form[data-review]")) {
    location.assign(address);
    return;
  }
  const at = document.activeElement?.id;
  for (const part of document.querySelectorAll(only)) {
    const found = next.getElementById(part.id);
    if (found) part.replaceWith(found);
    else part.remove();
  }
  fill();
  const place = document.getElementById(at) ?? document.querySelector("[data-waits] [name=pass]");
  place?.focus({ preventScroll: true });
}

document.addEventListener("page:follow", (event) => {
  if (event.defaultPrevented || event.detail.pathname !== location.pathname) return;
  event.preventDefault();
  refresh(event.detail);
});
form.addEventListener("click", async (event) => {
  const link = event.target.closest("a[data-unfold]");
  if (!link) return;
  event.preventDefault();
  const section = link.closest("section").id;
  await refresh(link.href, `#${section}`);
  document.querySelector(`#${section} tr[id]`)?.scrollIntoView({ block: "nearest" });
});
