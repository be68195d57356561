// Values typed but not yet acknowledged by the server, stored in this browser per person and submission.
// Another person who signs in on the same browser has another key and never sees them.

export class Queue {
  constructor(user, submission) {
    this.key = `youheng:entry:${user}:${submission}`;
    this.entries = this.load();
    this.serial = Math.max(0, ...[...this.entries.values()].map((entry) => entry.serial));
  }

  load() {
    try {
      return new Map(Object.entries(JSON.parse(localStorage.getItem(this.key)) ?? {}));
    } catch {
      return new Map();
    }
  }

  store() {
    try {
      if (this.entries.size) localStorage.setItem(this.key, JSON.stringify(Object.fromEntries(this.entries)));
      else localStorage.removeItem(this.key);
    } catch {
      // Private windows may refuse storage: the values still live in this page.
    }
  }

  /** `before` is the content at `version`; the first change of an entry that waits is the one that counts. */
  put(code, content, version, before) {
    this.serial += 1;
    const waiting = this.entries.get(code);
    const from = waiting?.version === version ? waiting.before : before;
    const at = new Date().toTimeString().slice(0, 8);
    this.entries.set(code, { content, version, before: from, serial: this.serial, at });
    this.store();
  }

  /** Forget an entry, unless something newer was typed while it was on its way, or the server filled it in by itself. */
  settle(code, sent, version) {
    const entry = this.entries.get(code);
    if (!entry) return true;
    if (entry.serial !== sent?.serial) {
      entry.version = version;
      this.store();
      return false;
    }
    this.drop(code);
    return true;
  }

  /** Keep an entry without sending it again: it is wrong or somebody else saved first. */
  hold(code, why) {
    const entry = this.entries.get(code);
    if (entry) entry.held = why;
    this.store();
  }

  drop(code) {
    this.entries.delete(code);
    this.store();
  }

  /** A new visit tries again, except what the server refused as a whole: the person decides about that. */
  release() {
    for (const entry of this.entries.values()) if (entry.held !== "refused") delete entry.held;
  }

  /** What is to be sent now. */
  waiting() {
    return new Map([...this.entries].filter(([, entry]) => !entry.held).map(([code, entry]) => [code, { ...entry }]));
  }

  held() {
    return [...this.entries].filter(([, entry]) => entry.held).map(([code]) => code);
  }
}
