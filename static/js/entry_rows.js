// Two people changed one table: what each added and took out, row by row, and the table that keeps both.

/** One row as text, the same for the same cells whatever their order or kind. */
const named = (row) => Object.keys(row).sort().map((column) => `${column}=${String(row[column] ?? "").trim()}`).join("\n");

/** The rows of `rows` that `others` has not, each as often as it is there more often. */
function beyond(rows, others) {
  const left = others.map(named);
  return rows.filter((row) => {
    const place = left.indexOf(named(row));
    if (place >= 0) left.splice(place, 1);
    return place < 0;
  });
}

/** What became of the rows `before` in two hands; `both` is theirs with my additions and removals. */
export function compare(before, mine, theirs) {
  const iRemoved = beyond(before, mine);
  const iAdded = beyond(mine, before);
  return {
    theyAdded: beyond(theirs, before),
    theyRemoved: beyond(before, theirs),
    iAdded,
    iRemoved,
    both: [...beyond(theirs, iRemoved), ...beyond(iAdded, beyond(theirs, before))],
  };
}
