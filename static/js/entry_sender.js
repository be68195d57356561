// Sends waiting values one request at a time and tells what became of them.

const RETRY_MS = 10_000;

function csrf() {
  // The cookie, not the page: after signing in again the page's own token has expired.
  const cookie = document.cookie.match(/(?:^|; )(?:__Host-)?csrf(?:token)?=([^;]+)/)?.[1];
  return cookie ?? document.querySelector('meta[name="csrf-token"]')?.content ?? "";
}

export function post(url, body, type) {
  const headers = { Accept: "application/json", "X-CSRFToken": csrf() };
  if (type) headers["Content-Type"] = type;
  return fetch(url, { method: "POST", headers, body, credentials: "same-origin" });
}

export class Sender {
  constructor(url, queue, told) {
    this.url = url;
    this.queue = queue;
    this.told = told;
    this.running = null;
    this.timer = null;
    this.stopped = false;
    addEventListener("online", () => this.flush());
    document.addEventListener("visibilitychange", () => {
      if (!document.hidden) this.flush();
    });
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

  async run() {
    while (!this.stopped) {
      const batch = this.queue.waiting();
      if (!batch.size) return this.told.idle();
      this.told.sending(batch);
      const problem = await this.send(batch);
      if (problem) {
        this.told.failed(batch, problem);
        if (!problem.final) this.soon(RETRY_MS);
        this.stopped = Boolean(problem.final);
        return null;
      }
    }
    return null;
  }

  async send(batch) {
    const fields = Object.fromEntries([...batch].map(([code, { content, version }]) => [code, { ...content, version }]));
    let response;
    try {
      response = await post(this.url, JSON.stringify({ fields }), "application/json");
    } catch {
      return { offline: true };
    }
    if (response.redirected || response.status === 401) return { signedOut: true };
    if (response.status >= 500) return { offline: true };
    const answer = await response.json().catch(() => null);
    if (!answer) return { offline: true };
    if (answer.title === "页面已过期") return { signedOut: true };
    if (!answer.saved) return { final: true, message: [answer.message, ...(answer.problems ?? [])].join("；") };
    this.told.answered(batch, answer);
    return null;
  }
}
