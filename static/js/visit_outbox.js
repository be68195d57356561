// The forms of a visit other than answers and photos (findings, follow-ups, the end): each is stored in this browser from
// the moment it is sent until the server has it. They go in the order they were written, the end of the visit last.
// Each has a key: sent again after its answer was lost, it is done once.

import { sentencesOf, signInAgain } from "./announce.js";
import { BrowserStore, newKey } from "./browser_store.js";
import { post } from "./person.js";

const OWN_FIELDS = ["csrfmiddlewaretoken", "page_person", "form_key"];
const store = new BrowserStore("youheng-forms");
const isFile = (value) => value instanceof File;
// What no later try changes, also where a proxy says it in words of its own.
const NEVER = {
  404: "服务器上找不到要办理的事项，督导可能已取消，或不在您的责任范围。请打开督导核对；填写的内容还在本机。",
  413: "内容太大，服务器没有接收。请减少照片后再提交；填写的内容还在本机。",
};

/** The label of a field and what is chosen or typed in it, as a person reads them. */
function lineOf(field) {
  if (["hidden", "submit", "button", "file", "fieldset"].includes(field.type) || !field.name) return "";
  const label = field.labels?.[0]?.textContent.replace(/\*/g, "").trim() ?? "";
  if (["radio", "checkbox"].includes(field.type)) return field.checked ? label : "";
  const value = field.selectedOptions ? [...field.selectedOptions].map((option) => option.textContent.trim()).join("、") : field.value;
  return value.trim() && `${label}：${value.trim()}`;
}

/** What a form says in words, for the list of what waits and for an addendum. */
const wordsOf = (form) => [...form.elements].map(lineOf).filter(Boolean).join("\n");

const fieldsOf = (form) => [...new FormData(form)].filter(([name, value]) => !OWN_FIELDS.includes(name) && !(isFile(value) && !value.name));

export class Outbox {
  constructor(record) {
    this.record = record;
    this.running = null;
  }

  /** Everything that waits, in the order written. */
  async entries() {
    return (await store.of(this.record.owner)).sort((one, other) => one.serial - other.serial);
  }

  /** Store a form; `of` is the entry it corrects. The entry says whether this browser has `stored` it. */
  async put(form, of) {
    const entries = await this.entries();
    const before = entries.find((entry) => entry.key === of);
    const entry = {
      key: before?.key ?? newKey(),
      owner: this.record.owner,
      serial: before?.serial ?? Math.max(0, ...entries.map((one) => one.serial)) + 1,
      kind: form.dataset.queued,
      label: [form.dataset.label, form.elements.problem?.value.split("\n")[0].slice(0, 30)].filter(Boolean).join("："),
      address: new URL(form.getAttribute("action") || location.href, location.href).href.split("#")[0],
      page: location.pathname + location.search,
      words: wordsOf(form),
      fields: fieldsOf(form),
    };
    const stored = await store.put(entry).then(() => true, () => false);
    return { ...entry, stored };
  }

  /** Whether a form still says what an entry does. */
  isSame(form, entry) {
    const plain = (fields) => JSON.stringify(fields.map(([name, value]) => [name, isFile(value) ? [value.name, value.size] : value]));
    return plain(fieldsOf(form)) === plain(entry.fields);
  }

  async forget(entry) {
    await store.delete(entry.key).catch(() => null);
  }

  /** Send everything that waits and that `may` go now; `report` is called with each entry and what became of it. */
  send(may, report) {
    this.running ??= this.run(may, report).finally(() => (this.running = null));
    return this.running;
  }

  async run(may, report) {
    for (const entry of await this.entries()) {
      if (entry.refused || !(await may(entry))) continue;
      const outcome = await this.deliver(entry);
      report(entry, outcome);
      if (outcome.offline || outcome.waits) return;
    }
  }

  /**
   * Send one entry and note what became of it: { arrived: address }, { refused: sentence, text, url },
   * { waits: sentence, more } while the server cannot take it now, or { offline }.
   */
  async deliver(entry) {
    if (!navigator.onLine) return { offline: true };
    const body = new FormData();
    for (const [name, value] of entry.fields) body.append(name, value);
    body.append("form_key", entry.key);
    let response;
    let text;
    try {
      response = await post(entry.address, body);
      text = await response.text();
    } catch {
      // It may have arrived, only the answer did not: until that is known nothing of it is changed.
      await this.note(entry, { unsure: true });
      return { offline: true };
    }
    const outcome = outcomeOf(response, text);
    if (outcome.arrived) {
      this.record.markArrived(entry.key);
      await this.forget(entry);
    } else if (outcome.refused) await this.note(entry, { unsure: false, refused: outcome.refused, status: outcome.status });
    return outcome;
  }

  async note(entry, what) {
    Object.assign(entry, what);
    const { stored, ...rest } = entry;
    await store.put(rest).catch(() => null);
  }
}

function outcomeOf(response, text) {
  const answer = asJson(text);
  if (answer?.location) return { arrived: answer.location };
  const isPage = !answer && response.status === 400 && response.headers.get("Content-Type")?.startsWith("text/html");
  if (isPage) return { refused: reasonsIn(text), text, url: response.url };
  if (!answer && NEVER[response.status]) return { refused: NEVER[response.status], status: response.status };
  const isLater = !answer || answer.login || response.status === 401 || response.status >= 500 || answer.title === "页面已过期";
  if (!isLater) return { refused: sentencesOf(answer).join("\n"), status: response.status };
  const said = answer ? sentencesOf(answer).join("\n") : `服务器暂时没有保存（${response.status}）。`;
  return { waits: said, more: answer ? signInAgain(answer) : "" };
}

function asJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return null;
  }
}

/** Why a form is shown again: its errors, each with the label of its field. */
function reasonsIn(text) {
  const page = new DOMParser().parseFromString(text, "text/html");
  const found = [...page.querySelectorAll("form .alert-danger li, form .invalid-feedback, form .notice-bad, form .notice-warn p, form .notice-warn li")];
  const lines = found.map((one) => {
    const box = one.matches(".invalid-feedback") ? one.closest(".mb-3") : null;
    const label = box?.querySelector("label, legend")?.textContent.replace(/\*/g, "").trim();
    return `${label ? `${label}：` : ""}${one.textContent.trim().replace(/\s+/g, " ")}`;
  });
  return lines.join("\n") || "填写有误，请打开修改。";
}

/** Put what waits back into its form. Hidden fields are the page's own. */
export function fill(form, entry) {
  const values = (name) => entry.fields.filter(([own]) => own === name).map(([, value]) => value);
  for (const field of form.elements) {
    if (!field.name || field.type === "hidden") continue;
    const own = values(field.name);
    if (["radio", "checkbox"].includes(field.type)) field.checked = own.includes(field.value);
    else if (field.type === "file") giveFiles(field, own.filter(isFile));
    else if (own.length) [field.value] = own;
  }
}

export function giveFiles(field, files) {
  const transfer = new DataTransfer();
  for (const file of files) transfer.items.add(file);
  field.files = transfer.files;
}
