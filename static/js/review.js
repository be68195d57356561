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

for (const field of fields()) {
  if (field.value.trim() || !stored[field.name]) continue;
  field.value = stored[field.name];
  for (let box = field.closest("details"); box; box = box.parentElement.closest("details")) box.open = true;
}
store();
form.addEventListener("input", store);
form.addEventListener("formdata", (event) => {
  for (const [name, value] of Object.entries(stored)) if (!event.formData.has(name)) event.formData.append(name, value);
});
