// Fields below one another in the same stage: Enter goes down, Shift+Enter up, a pasted column fills them.

/** The fields of each visible row, from the row of `field` on, down or up. */
function* rowsFrom(field, next = "nextElementSibling") {
  for (let row = field.element.closest("[data-row]"); row?.matches("[data-row]"); row = row[next]) {
    const fields = [...(row.querySelector(".entry-fields")?.children ?? [])];
    if (!row.hidden && fields.length) yield fields;
  }
}

function placeOf(field) {
  return [...field.element.parentElement.children].indexOf(field.element);
}

export function goDown(field, isUp = false) {
  const place = placeOf(field);
  for (const fields of [...rowsFrom(field, isUp ? "previousElementSibling" : "nextElementSibling")].slice(1)) {
    const next = fields[place] ?? fields[0];
    const input = next.querySelector("input:not([type=hidden]):not(:disabled), select, textarea");
    if (input) {
      input.focus();
      input.select?.();
      return;
    }
  }
}

/** Hand each pasted cell to its field with `give(code, text)`; return sentences about what has no field. */
export function fillDown(field, lines, give) {
  const first = placeOf(field);
  const rows = [...rowsFrom(field)].filter(([element]) => element.dataset.kind !== "table");
  const left = [];
  lines.forEach((cells, number) => {
    const fields = rows[number] ?? [];
    cells.forEach((text, n) => {
      const element = fields[first + n] ?? (n ? undefined : fields[0]);
      if (!text) return;
      if (element && !element.hidden && !element.querySelector("fieldset:disabled")) give(element.dataset.field, text);
      else left.push(text);
    });
  });
  return left.length ? [`有 ${left.length} 格没有对应的栏目，没有填入：${left.join("、")}`] : [];
}
