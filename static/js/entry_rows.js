// Two people changed one table: what each added and took out, row by row, and the table that has both.

/** One row as text, the same for the same cells whatever their order or kind. */
const keyOf = (row) => Object.keys(row).sort().map((column) => `${column}=${String(row[column] ?? "").trim()}`).join("\n");

/** The rows of `rows` without those of `others`; a row that occurs more often stays for the difference. */
function without(rows, others) {
  const left = others.map(keyOf);
  return rows.filter((row) => {
    const place = left.indexOf(keyOf(row));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

/** How two people changed the rows `before`; `both` is theirs with my additions and removals. */
export function compare(before, mine, theirs) {
  const iRemoved = without(before, mine);
  const iAdded = without(mine, before);
  return {
    theyAdded: without(theirs, before),
    theyRemoved: without(before, theirs),
    iAdded,
    iRemoved,
    both: [...without(theirs, iRemoved), ...without(iAdded, without(theirs, before))],
  };
}
