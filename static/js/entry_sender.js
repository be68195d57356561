// Sends waiting values one request at a time and reports what became of them.

import { sentencesOf } from "./announce.js";
import { post } from "./person.js";

const RETRY_MS = 10_000;

export class Sender {
  constructor(url, queue, report) {
    this.url = url;
    this.queue = queue;
    this.report = report;
    this.running = null;
    this.timer = null;
    this.stopped = false;
    this.leaving = false;
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.flush();
    });
  }

  /** Begin with a section: what was refused for good was of the one before. */
  open(url) {
    this.url = url;
    this.stopped = false;
  }

  /** Send after a pause, so that a burst of typing is one request. */
  soon(pause) {
    clearTimeout(this.timer);
    this.timer = setTimeout(() => this.flush(), pause);
  }

  flush() {
    clearTimeout(this.timer);
    this.running ??= this.run().finally(() => (this.running = null));
    return this.running;
  }

  /**
   * Send before the page goes. The next page may have been made before this arrives, so the answer is not counted: that
   * page, or this one where the person stays, sends the same once more.
   */
  leave() {
    this.leaving = true;
    this.flush();
  }

  async run() {
    while (!this.stopped) {
      const batch = this.queue.waiting();
      if (!batch.size) return this.report.idle();
      this.report.sending(batch);
      const problem = await this.send(batch);
      if (problem) {
        this.report.failed(batch, problem);
        if (!problem.final) this.soon(RETRY_MS);
        this.stopped = Boolean(problem.final);
        return null;
      }
    }
    return null;
  }

  async send(batch) {
    const fields = Object.fromEntries([...batch].map(([code, { content, version }]) => [code, { ...content, version }]));
    const { url } = this;
    let response;
    try {
      response = await post(url, JSON.stringify({ fields }), { "Content-Type": "application/json" });
    } catch {
      return { offline: true };
    }
    if (this.leaving) {
      this.leaving = false;
      return { leaving: true };
    }
    if (response.redirected || response.status === 401) return { signedOut: true };
    const answer = response.status < 500 && (await response.json().catch(() => null));
    if (!answer) return { unavailable: true };
    if (answer.title === "页面已过期") return { signedOut: true };
    if (answer.login) return { signedOut: true, login: answer.login, message: answer.message };
    if (!answer.saved) return { final: true, message: sentencesOf(answer).join("；") };
    this.report.answered(batch, answer, url);
    return null;
  }
}
