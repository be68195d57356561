// A page that was stored before the network went, brought up to date from what the checklist in this browser says.

const SEEN = { yes: "是", no: "否", not_seen: "未查看" };

/** `form` is the page's; `entries` are the forms that wait. */
export function bringUpToDate(form, record, entries) {
  if (form.dataset.queued === "finding") proposeFinding(form, record.questions);
  else if (form.dataset.queued === "finish") listWhatIsOpen(form, record.questions, entries);
}

/** What was found, in words: the figures of the question, or what was typed. */
function foundOf(question) {
  const figures = question.figures
    .map(({ field, label, unit }) => [label, question[field.replace("figure-", "none-")] ? "不适用" : question[field], unit])
    .filter(([, value]) => value)
    .map(([label, value, unit]) => `${label} ${value}${value === "不适用" ? "" : ` ${unit}`}`);
  return figures.join("；") || question.found || "";
}

/** Fill in what is known of the question the address names. */
function proposeFinding(form, questions) {
  const question = questions[new URLSearchParams(location.search).get("question")];
  if (!question) return;
  const found = foundOf(question);
  const claim = question.claim && `填报值：${question.claim}`;
  const lines = [`“${question.text}”一项，现场检查不符合`, claim, found && `现场值：${found}`, question.note];
  form.elements.indicator.value = question.indicator;
  form.elements.problem.value = lines.filter(Boolean).join("\n");
  form.elements.current_value.value = found.slice(0, form.elements.current_value.maxLength);
  const standard = question.figures.find((one) => differs(question, one))?.standard ?? "";
  form.elements.standard_value.value = standard.slice(0, form.elements.standard_value.maxLength);
  form.elements.requirement.value ||= form.dataset.requirement;
}

/** On the end of a visit: what is not answered, and a reason for what does not fit and has no finding. */
function listWhatIsOpen(form, questions, entries) {
  const rows = Object.entries(questions);
  const open = rows.filter(([, question]) => !question.seen);
  const findings = entries.filter((entry) => entry.kind === "finding");
  document.querySelector("[data-count]").textContent = open.length;
  show("unanswered", open.map(([key, question]) => item(linkTo(`${form.dataset.hub}#q-${key}`, `${question.indicator} ${question.text}`))));
  const known = [...document.querySelectorAll("[data-findings] [data-indicator]")];
  if (findings.length) document.querySelector("[data-findings] [data-none]")?.remove();
  for (const entry of findings) document.querySelector("[data-findings]").append(item(`${entry.words.split("\n")[0]}（存在本机，待送）`));
  const about = findings.map((entry) => ({ question: new URL(entry.address).searchParams.get("question") ?? "", indicator: fieldOf(entry, "indicator") }));
  about.push(...known.map(({ dataset }) => dataset));
  const left = rows.filter(([key, question]) => doesNotFit(question) && !about.some((one) => (one.question ? one.question === key : one.indicator === question.indicator)));
  const box = document.querySelector("[data-left]");
  box.hidden = !left.length;
  box.querySelector("[data-reasons]").replaceChildren(...left.map(([key, question]) => reasonFor(key, question)));
}

const fieldOf = (entry, name) => entry.fields.find(([own]) => own === name)?.[1];

/** The server judges with the tolerances. */
const differs = (question, { field, claimed }) => question[field] && claimed && Number(question[field]) !== Number(claimed);

/** Whether a reason may be asked for; the server asks for those that are missing. */
const doesNotFit = (question) => question.seen === "no" || question.figures.some((one) => differs(question, one));

function reasonFor(key, question) {
  const row = Object.assign(document.createElement("div"), { className: "mb-3" });
  const label = Object.assign(document.createElement("label"), { className: "form-label", htmlFor: `reason-${key}`, textContent: `${question.indicator} ${question.text}` });
  const said = [SEEN[question.seen], foundOf(question) && `现场值 ${foundOf(question)}`, question.note].filter(Boolean).join("，");
  const words = Object.assign(document.createElement("p"), { className: "mb-1", textContent: said });
  const box = Object.assign(document.createElement("input"), { className: "form-control", type: "text", id: `reason-${key}`, name: `reason-${key}`, maxLength: 200, placeholder: "不登记问题的原因" });
  row.append(label, words, box);
  return row;
}

function show(name, items) {
  const list = document.querySelector(`[data-${name}]`);
  list.replaceChildren(...(items.length ? items : [item("全部题目都已作答。")]));
}

function item(content) {
  const row = Object.assign(document.createElement("li"), { className: "list-group-item" });
  row.append(content);
  return row;
}

const linkTo = (href, textContent) => Object.assign(document.createElement("a"), { href, textContent });
