// The photos of a visit: stored in this browser (IndexedDB) from the moment they are taken until the server has them,
// so that no dead spot, reload or closed browser loses one. Each has a key: sent twice, it is stored once.

import { sentencesOf, signInAgain } from "./announce.js";
import { post } from "./person.js";

const STORE = "waiting";

function open() {
  return new Promise((resolve, reject) => {
    const request = indexedDB.open("youheng-photos", 1);
    request.onupgradeneeded = () => request.result.createObjectStore(STORE, { keyPath: "key" });
    request.onsuccess = () => resolve(request.result);
    request.onerror = () => reject(request.error);
  });
}

/** Do one thing in the store and resolve once it is on the disk. */
async function inStore(mode, act) {
  const database = await open();
  return new Promise((resolve, reject) => {
    const transaction = database.transaction(STORE, mode, { durability: "strict" });
    const request = act(transaction.objectStore(STORE));
    transaction.oncomplete = () => resolve(request.result);
    transaction.onerror = () => reject(transaction.error);
    transaction.onabort = () => reject(transaction.error);
  }).finally(() => database.close());
}

/** A key no other photo has; randomUUID is there over HTTPS only. */
function newKey() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16));
  bytes[6] = (bytes[6] & 0x0f) | 0x40;
  bytes[8] = (bytes[8] & 0x3f) | 0x80;
  const hex = [...bytes].map((byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})(.{12})$/, "$1-$2-$3-$4-$5");
}

export class Photos {
  /** `owner` names visit and person; `changed` is called with the number of photos that wait. */
  constructor(sections, owner, changed) {
    this.sections = sections;
    this.owner = owner;
    this.changed = changed;
    this.boxes = new Map();
    this.waiting = new Map();
    this.running = Promise.resolve();
    for (const section of sections) this.listen(section);
  }

  listen(section) {
    const form = section.querySelector("[data-photo]");
    for (const input of form.querySelectorAll("[data-take]")) {
      input.addEventListener("change", () => {
        this.take(section, [...input.files]);
        input.value = "";
      });
    }
    form.addEventListener("submit", (event) => event.preventDefault());
    section.querySelector("[data-photos]").addEventListener("submit", (event) => this.withdraw(event, section));
  }

  async take(section, files) {
    for (const file of files) {
      const entry = { key: newKey(), owner: this.owner, question: section.dataset.question, name: file.name, file };
      this.show(section, entry);
      try {
        await inStore("readwrite", (store) => store.put(entry));
      } catch {
        this.say(section, "本机存储不可用，上传完成前请不要关闭页面。", "warn");
      }
      this.waiting.set(entry.key, entry);
    }
    this.send();
  }

  /** Show what an earlier visit to this page could not send, and send it. */
  async begin() {
    let entries = [];
    try {
      entries = await inStore("readonly", (store) => store.getAll());
    } catch {
      // Private windows may refuse storage: photos are then sent at once or not at all, and the page says so.
    }
    for (const entry of entries.filter((one) => one.owner === this.owner)) {
      const section = this.sections.find((one) => one.dataset.question === entry.question);
      if (!section) continue;
      this.waiting.set(entry.key, entry);
      this.show(section, entry);
    }
    this.send();
  }

  /** Send everything that waits, one photo after the other. */
  send() {
    this.changed(this.waiting.size);
    this.running = this.running.then(async () => {
      for (const entry of [...this.waiting.values()]) if (!(await this.sendOne(entry))) break;
    });
    return this.running;
  }

  /** Whether the next photo may be tried: not without a network. */
  async sendOne(entry) {
    if (!this.waiting.has(entry.key)) return true;
    const section = this.sections.find((one) => one.dataset.question === entry.question);
    const body = new FormData();
    body.append("photo", entry.file, entry.name);
    body.append("key", entry.key);
    this.label(entry, "上传中…");
    let response;
    let answer;
    try {
      response = await post(section.querySelector("[data-photo]").action, body);
      answer = await response.json();
    } catch {
      this.label(entry, "待上传");
      this.say(section, "照片还没有上传（离线），已留在本机，联网后自动上传。", "warn");
      return false;
    }
    if (response.ok) {
      await this.forget(entry);
      this.settle(entry, answer.photos[0]);
      this.say(section, "照片已上传", "ok");
      return true;
    }
    this.label(entry, "待上传");
    this.say(section, sentencesOf(answer).join("\n"), "bad", signInAgain(answer));
    // Signed out, somebody else signed in, the server not available: it waits. Only the photo itself can be refused for good.
    if (![400, 413].includes(response.status)) return false;
    this.label(entry, "未上传");
    this.waiting.delete(entry.key);
    this.changed(this.waiting.size);
    this.offerRemoval(entry);
    return true;
  }

  async forget(entry) {
    this.waiting.delete(entry.key);
    this.changed(this.waiting.size);
    try {
      await inStore("readwrite", (store) => store.delete(entry.key));
    } catch {
      // Sent again another time it is still the same photo.
    }
  }

  show(section, entry) {
    const item = document.createElement("li");
    const picture = Object.assign(document.createElement("img"), {
      className: "visit-thumb",
      src: URL.createObjectURL(entry.file),
      alt: entry.name,
    });
    const label = Object.assign(document.createElement("span"), { className: "visit-photo-state", textContent: "待上传" });
    item.append(picture, label);
    section.querySelector("[data-photos]").append(item);
    this.boxes.set(entry.key, { item, label });
  }

  label(entry, text) {
    const box = this.boxes.get(entry.key);
    if (box) box.label.textContent = text;
  }

  /** A photo the server has: shown as such, with the way to take it out again. */
  settle(entry, photo) {
    const { item, label } = this.boxes.get(entry.key);
    label.remove();
    item.append(this.withdrawForm(photo.withdraw, entry.name));
  }

  withdrawForm(address, name) {
    const form = Object.assign(document.createElement("form"), { method: "post", action: address });
    const reason = Object.assign(document.createElement("input"), { className: "form-control", name: "reason", required: true, maxLength: 200, placeholder: "撤下的原因" });
    reason.setAttribute("aria-label", `撤下照片 ${name} 的原因`);
    const button = Object.assign(document.createElement("button"), { className: "btn", type: "submit", textContent: "撤下" });
    button.setAttribute("aria-label", `撤下照片 ${name}`);
    form.append(reason, button);
    return form;
  }

  offerRemoval(entry) {
    const { item } = this.boxes.get(entry.key);
    const button = Object.assign(document.createElement("button"), { className: "btn", type: "button", textContent: "不要了" });
    button.addEventListener("click", async () => {
      await this.forget(entry);
      item.remove();
    });
    item.append(button);
  }

  async withdraw(event, section) {
    event.preventDefault();
    const form = event.target;
    // A double click sends once.
    if ("sending" in form.dataset) return;
    form.dataset.sending = "";
    try {
      const response = await post(form.action, new FormData(form));
      const answer = await response.json();
      if (response.ok) {
        form.closest("li").remove();
        this.say(section, "照片已撤下", "ok");
      } else this.say(section, sentencesOf(answer).join("\n"), "bad", signInAgain(answer));
    } catch {
      this.say(section, "没有收到服务器的回复，照片可能没有撤下。请检查网络后再试。", "warn");
    }
    delete form.dataset.sending;
  }

  say(section, text, tone, ...more) {
    const state = section.querySelector("[data-photo-state]");
    state.replaceChildren(text, ...more);
    state.className = `visit-state mb-0 tone-text-${tone}`;
  }
}
