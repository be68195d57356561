// Behaviours of every page: CSRF and errors of htmx requests, confirmations, double submits.

const token = document.querySelector('meta[name="csrf-token"]')?.content ?? "";
const loginPath = document.querySelector('meta[name="login-path"]')?.content ?? "";

/** Show a message in the page's live region; tone is ok, warn, bad or info. */
function announce(text, tone = "bad") {
  const region = document.getElementById("messages");
  if (!region) return;
  const box = document.createElement("div");
  box.className = `notice notice-${tone}`;
  box.textContent = text;
  region.append(box);
  box.scrollIntoView({ block: "nearest" });
}

function refusal(xhr) {
  try {
    const answer = JSON.parse(xhr.responseText);
    return [answer.message, ...(answer.problems ?? [])].join(";");
  } catch {
    return `操作没有完成(${xhr.status})。请稍后重试,或刷新页面。`;
  }
}

document.addEventListener("htmx:configRequest", (event) => {
  event.detail.headers["X-CSRFToken"] = token;
  event.detail.headers.Accept = "application/json, text/html";
});
document.addEventListener("htmx:beforeSwap", (event) => {
  const path = new URL(event.detail.xhr.responseURL || location.href, location.href).pathname;
  if (loginPath && path === loginPath) {
    // The session has ended: go through the sign-in page and come back here.
    event.detail.shouldSwap = false;
    location.reload();
  }
});
document.addEventListener("htmx:responseError", (event) => announce(refusal(event.detail.xhr)));
document.addEventListener("htmx:sendError", () => announce("网络不通,操作没有完成。请检查网络后重试。", "warn"));

document.addEventListener("submit", (event) => {
  const form = event.target;
  const question = event.submitter?.dataset.confirm ?? form.dataset.confirm;
  if (question && !confirm(question)) {
    event.preventDefault();
    return;
  }
  if (form.method === "post" && !form.hasAttribute("data-upload")) {
    if (form.dataset.sent) event.preventDefault();
    form.dataset.sent = "1";
  }
});
// Coming back with the browser's back button must leave forms usable.
addEventListener("pageshow", () => {
  for (const form of document.querySelectorAll("form[data-sent]")) delete form.dataset.sent;
});

document.addEventListener("change", (event) => {
  if (event.target.closest("[data-submit-on-change]")) event.target.form?.requestSubmit();
});
for (const button of document.querySelectorAll("[data-back]")) button.addEventListener("click", () => history.back());
for (const button of document.querySelectorAll("[data-print]")) button.addEventListener("click", () => print());
