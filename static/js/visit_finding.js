// Choosing a category proposes its customary due date, unless the person has chosen a day already.

const form = document.querySelector("[data-finding-form]");
const due = form.elements.due_on;
let chosen = false;
due.addEventListener("input", () => {
  chosen = true;
});
form.addEventListener("change", (event) => {
  if (event.target.name !== "category" || chosen) return;
  due.value = due.getAttribute(`data-${event.target.value.replaceAll("_", "-")}`) ?? due.value;
});
