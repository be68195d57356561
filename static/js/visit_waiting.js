// The list of what a visit still has to send and what the server refused, each with its words and what can be done.

/** Show the items in the box; an empty list hides it. An item: { label, words, files, state, tone, actions, more }. */
export function showWaiting(box, items) {
  box.hidden = !items.length;
  box.querySelector("[data-outbox-count]").textContent = items.length;
  if (items.some((item) => item.tone === "bad")) box.open = true;
  box.querySelector("[data-outbox-list]").replaceChildren(...items.map(rowOf));
}

function rowOf({ key, label, words, files = [], state, tone = "warn", actions = [], more = "" }) {
  const row = element("li", { className: "list-group-item" });
  row.dataset.waits = key;
  row.dataset.tone = tone;
  const said = element("p", { className: `visit-state mb-1 tone-text-${tone}` });
  said.append(state, more);
  const written = element("details", { className: "mb-2" });
  const pictures = files.map((file) => element("img", { className: "visit-thumb", src: URL.createObjectURL(file), alt: file.name }));
  written.append(element("summary", { textContent: "看写了什么" }), element("p", { className: "prewrap mb-0", textContent: words }), ...pictures);
  const buttons = element("div", { className: "visit-buttons" });
  buttons.append(...actions);
  row.append(element("strong", { textContent: label }), said, written, buttons);
  return row;
}

export const link = (href, textContent) => element("a", { className: "btn", href, textContent });

export function button(textContent, action) {
  const made = element("button", { className: "btn", type: "button", textContent });
  made.addEventListener("click", action);
  return made;
}

function element(tag, properties) {
  return Object.assign(document.createElement(tag), properties);
}

export const filesOf = (entry) => entry.fields.map(([, value]) => value).filter((value) => value instanceof File && value.type.startsWith("image/"));

/** A form that waits, as an item: it may be corrected or given up unless it may have arrived already. */
export function itemOf(entry, giveUp, visitPage) {
  const actions = entry.unsure
    ? []
    : [
        link(`${entry.page.split("#")[0]}#waiting-${entry.key}`, "修改"),
        button("不要了", () => confirm(`“${entry.label}”还没有送达，确定不要了吗？`) && giveUp(entry)),
      ];
  if (entry.status === 409 && visitPage) actions.unshift(link(visitPage, "打开督导，改为补记"));
  return { key: entry.key, label: entry.label, words: entry.words, files: filesOf(entry), actions, ...stateOf(entry) };
}

function stateOf(entry) {
  if (entry.refused) return { state: `没有送达：${entry.refused}`, tone: "bad" };
  if (entry.unsure) return { state: "送出时网络断了，可能已经送达；联网后自动核对，不会重复登记。" };
  return { state: entry.kind === "finish" ? "待送：前面的都送达以后自动送出。" : "待送：联网后自动送出。" };
}
