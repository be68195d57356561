// Choosing a category (and a school) proposes the due date its district sets, unless the person has chosen a day
// already; of the lines that explain the dates only the one that applies is shown.

const form = document.querySelector("[data-finding-form]");
const due = form.elements.due_on;
const lines = [...form.querySelectorAll("[data-dues] li")];
let chosen = false;

function applies(line) {
  const district = form.elements.school?.selectedOptions[0]?.dataset.district ?? line.dataset.district;
  return line.dataset.district === district && line.dataset.category === form.elements.category.value;
}

function show() {
  for (const line of lines) line.hidden = !applies(line);
}

due.addEventListener("input", () => {
  chosen = true;
});
form.addEventListener("change", (event) => {
  if (!["category", "school"].includes(event.target.name)) return;
  show();
  const fitting = lines.filter(applies);
  if (!chosen && fitting.length === 1) due.value = fitting[0].dataset.due;
});
show();
