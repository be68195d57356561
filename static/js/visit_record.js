// What this browser knows of one visit: the answers that wait, what every question says now, and what has arrived.

import { BrowserStore, read, write } from "./browser_store.js";
import { pagePerson } from "./person.js";

export const photoStore = new BrowserStore("youheng-photos");

export class VisitRecord {
  constructor(visit) {
    this.owner = `visit:${visit}:${pagePerson}`;
  }

  /** Answers the server does not have yet, by question. */
  get answers() {
    return read(this.owner) ?? {};
  }

  /** Store or drop what one question still has to send; whether this browser stores it. */
  setAnswer(question, values) {
    const answers = this.answers;
    if (values) answers[question] = values;
    else delete answers[question];
    return write(this.owner, answers);
  }

  /** Photos the server does not have yet. */
  photos() {
    return photoStore.of(this.owner);
  }

  /** What every question says, sent or not, by question: pages stored before are brought up to date from it. */
  get questions() {
    return read(`${this.owner}:questions`) ?? {};
  }

  set questions(questions) {
    write(`${this.owner}:questions`, questions);
  }

  get arrived() {
    return read(`${this.owner}:arrived`) ?? [];
  }

  /** Count an answer (by its question), a photo or a form (by its key) as arrived; something sent again counts once. */
  markArrived(key) {
    write(`${this.owner}:arrived`, [...new Set([...this.arrived, key])]);
  }

  /** How much has arrived, with nothing counted that waits again. */
  countArrived(waiting) {
    return this.arrived.filter((key) => !waiting.includes(key)).length;
  }
}

/** Say that a page comes from this browser, because there is no network; whether it does. */
export function isStoredCopy() {
  return document.querySelector('meta[name="stored-at"]') !== null;
}
