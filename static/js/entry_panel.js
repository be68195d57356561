// Next to the table: what is said of the row one is in, and its 不适用. On narrow screens a sheet that is asked for.

export class Panel {
  constructor(element, form) {
    this.element = element;
    this.name = element.querySelector("[data-panel-name]");
    this.body = element.querySelector("[data-panel-body]");
    this.row = null;
    this.back = null;
    form.addEventListener("focusin", (event) => {
      const row = event.target.closest("[data-row]");
      if (row) this.show(row);
      if (row && event.target.matches("[id^=f-], input, select, textarea")) this.back = event.target;
    });
    form.addEventListener("click", (event) => {
      const summary = event.target.closest("[data-side] > summary");
      if (summary) {
        event.preventDefault();
        this.show(summary.closest("[data-row]"));
        this.open();
        this.back = summary;
      } else if (event.target.closest("[data-panel-close]")) this.close();
    });
    form.addEventListener("keydown", (event) => {
      if (event.key === "F2" && event.target.closest("[data-row]")) {
        event.preventDefault();
        this.open();
      } else if (event.key === "Escape" && this.element.contains(event.target)) this.close();
    });
    // The panel has the same link: in the table Tab goes from figure to figure.
    for (const link of form.querySelectorAll("[data-files]")) link.tabIndex = -1;
    const first = form.querySelector("[data-row]:not([hidden])");
    if (first) this.show(first);
  }

  /** What is said of a row is moved here with its controls and goes back into its row when another one comes. */
  show(row) {
    if (row === this.row) return;
    this.row?.querySelector("[data-side]").append(this.body.firstElementChild);
    this.row = row;
    this.name.textContent = row.querySelector(".entry-name").textContent;
    this.body.append(row.querySelector("[data-side-body]"));
  }

  open() {
    this.element.classList.add("is-open");
    this.name.focus();
  }

  close() {
    this.element.classList.remove("is-open");
    this.back?.focus();
  }
}
