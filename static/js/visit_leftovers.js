// What this browser still has of a visit that was ended meanwhile: sent where the server has it already, else shown with
// its words, to be written into an addendum.

import { post } from "./person.js";
import { giveFiles, Outbox } from "./visit_outbox.js";
import { photoStore, VisitRecord } from "./visit_record.js";
import { button, filesOf, link, showWaiting } from "./visit_waiting.js";

const SEEN = { yes: "是", no: "否", not_seen: "未查看" };
const ENDED = "没有送达：这次督导已经完成，记录不能再改。内容还在本机。";

/** Everything that waits, as items of the list; each can be sent once more and forgotten. */
async function leftoversOf(record, page) {
  const { questions } = record;
  const name = (key) => (questions[key] ? `${questions[key].indicator} ${questions[key].text}` : key);
  const answers = Object.entries(record.answers).map(([key, values]) => ({
    key,
    label: `现场记录：${name(key)}`,
    words: wordsOf(name(key), values, questions[key]),
    send: () => post(`${page}checklist/${key}/`, new URLSearchParams(values)).then((response) => isThere(response, values)),
    forget: async () => record.setAnswer(key, null),
  }));
  const pictures = (await record.photos()).map((entry) => ({
    key: entry.key,
    label: `照片：${name(entry.question)}`,
    words: `现场照片 ${entry.name}：${name(entry.question)}`,
    files: [entry.file],
    send: () => post(`${page}checklist/${entry.question}/photo/`, photoBody(entry)).then((response) => response.ok),
    forget: () => photoStore.delete(entry.key),
  }));
  const outbox = new Outbox(record);
  const forms = (await outbox.entries()).map((entry) => ({
    key: entry.key,
    label: entry.label,
    words: `${entry.label}\n${entry.words}`,
    unsure: entry.unsure,
    files: filesOf(entry),
    send: () => outbox.deliver(entry).then((outcome) => Boolean(outcome.arrived)),
    forget: () => outbox.forget(entry),
  }));
  return [...answers, ...pictures, ...forms];
}

function wordsOf(name, values, question) {
  const figures = (question?.figures ?? []).map(({ field, label, unit }) => values[field] && `${label} ${values[field]} ${unit}`);
  return [`${name}：${SEEN[values.seen] ?? "未作答"}`, ...figures, values.found && `现场值：${values.found}`, values.note].filter(Boolean).join("，");
}

function photoBody(entry) {
  const body = new FormData();
  body.append("photo", entry.file, entry.name);
  body.append("key", entry.key);
  return body;
}

/** Whether the server has just this answer, though it takes none any more. */
async function isThere(response, values) {
  const { theirs } = await response.json();
  if (response.ok) return true;
  return Boolean(theirs) && Object.keys({ ...theirs, ...values }).every((name) => name === "version" || name === "found" || (theirs[name] ?? "") === (values[name] ?? ""));
}

/** On the page of a visit that is done. */
export async function showLeftovers(box) {
  const record = new VisitRecord(box.dataset.outbox);
  const left = [];
  for (const one of await leftoversOf(record, box.dataset.page)) {
    if (await one.send().catch(() => false)) await one.forget();
    else left.push(one);
  }
  const again = () => showLeftovers(box);
  const giveUp = (one) => confirm(`“${one.label}”还没有送达，确定不要了吗？`) && one.forget().then(again);
  showWaiting(box, left.map((one) => ({ ...one, state: ENDED, tone: "bad", actions: [button("不要了", () => giveUp(one))] })));
  box.querySelector("[data-outbox-actions]").replaceChildren(...(left.length && box.dataset.addendum ? [link(`${box.dataset.addendum}#waiting`, "都写进补记")] : []));
}

/** On the form of an addendum: everything that waits, words and files; forgotten once the addendum has arrived. */
export async function takeLeftovers(form, record) {
  const most = Number(form.dataset.mostFiles);
  // What may have arrived would stand there twice.
  const items = (await leftoversOf(record, form.dataset.page)).filter((one) => !one.unsure);
  const { text, uploads } = form.elements;
  const words = [];
  const files = [];
  // What does not fit stays for the next addendum.
  form.leftovers = items.filter((one) => {
    const fits = [...words, one.words].join("\n\n").length <= text.maxLength && files.length + (one.files?.length ?? 0) <= most;
    if (fits) {
      words.push(one.words);
      files.push(...(one.files ?? []));
    }
    return fits;
  });
  text.value = words.join("\n\n");
  giveFiles(uploads, files);
}

for (const box of document.querySelectorAll("[data-outbox][data-ended]")) showLeftovers(box);
