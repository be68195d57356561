// The photos of a visit: stored in this browser (IndexedDB) from the moment they are taken until the server has them,
// so that no dead spot, reload or closed browser loses one. Each has a key: sent twice, it is stored once.

import { sentencesOf, signInAgain } from "./announce.js";
import { newKey } from "./browser_store.js";
import { post } from "./person.js";
import { photoStore } from "./visit_record.js";

export class Photos {
  /** `changed` is called whenever another photo waits or has arrived. */
  constructor(sections, record, changed) {
    this.sections = sections;
    this.record = record;
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
      const entry = { key: newKey(), owner: this.record.owner, question: section.dataset.question, name: file.name, file };
      this.show(section, entry);
      try {
        await photoStore.put(entry);
      } catch {
        this.say(section, "本机存储不可用，上传完成前请不要关闭页面。", "warn");
      }
      this.waiting.set(entry.key, entry);
    }
    this.send();
  }

  /** Show what an earlier visit to this page could not send, and send it. */
  async begin() {
    for (const entry of await this.record.photos()) {
      const section = this.sections.find((one) => one.dataset.question === entry.question);
      if (!section) continue;
      this.waiting.set(entry.key, entry);
      this.show(section, entry);
    }
    return this.send();
  }

  /** Send everything that waits, one photo after the other. */
  send() {
    this.changed();
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
      answer = await response.json().catch(() => null);
      if (!answer && ![404, 413].includes(response.status)) throw new Error(response.status);
    } catch {
      this.label(entry, "待上传");
      this.say(section, "照片还没有上传（离线），已留在本机，联网后自动上传。", "warn");
      return false;
    }
    if (response.ok) {
      this.record.markArrived(entry.key);
      await this.forget(entry);
      this.settle(entry, answer.photos[0]);
      this.say(section, "照片已上传", "ok");
      return true;
    }
    this.label(entry, "待上传");
    if (answer) this.say(section, sentencesOf(answer).join("\n"), "bad", signInAgain(answer));
    else this.say(section, response.status === 413 ? "照片太大，服务器没有接收，已留在本机。" : "服务器上找不到这次督导，照片已留在本机。", "bad");
    // Signed out, somebody else signed in, the server not available: it waits. Only the photo itself can be refused for good.
    if (![400, 404, 413].includes(response.status)) return false;
    this.label(entry, "未上传");
    this.waiting.delete(entry.key);
    this.changed();
    this.offerRemoval(entry);
    return true;
  }

  async forget(entry) {
    this.waiting.delete(entry.key);
    this.changed();
    try {
      await photoStore.delete(entry.key);
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
