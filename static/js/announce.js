// Sentences in the page's live region, and what answers of the server say.

/** Show a message and return its box; tone is ok, warn, bad or info; `more` follows the text. */
export function announce(text, tone = "bad", ...more) {
  const region = document.getElementById("messages");
  if (!region) return null;
  const box = document.createElement("div");
  box.className = `notice notice-${tone}`;
  box.append(text, ...more);
  region.append(box);
  box.scrollIntoView({ block: "nearest" });
  return box;
}

/** Remove earlier messages: the next try has an answer of its own. */
export function clearAnnounced() {
  document.getElementById("messages")?.replaceChildren();
}

/** The message of a refusal and each of its problems. */
export function sentencesOf(answer) {
  return [answer.message, ...(answer.problems ?? [])];
}

/** What a refusal says, as `announce` takes it: each problem in a line of its own, and where help is. */
export function problemOf(status, answer) {
  if (!answer?.message) return [`操作没有完成（${status}）。填写的内容还在本页，请稍后重试。`, "bad"];
  const more = [];
  if (answer.problems?.length) {
    const list = Object.assign(document.createElement("ul"), { className: "mb-0" });
    list.append(...answer.problems.map((problem) => Object.assign(document.createElement("li"), { textContent: problem })));
    more.push(list);
  }
  if (answer.offer) more.push(" ", linkTo(answer.offer.url, answer.offer.label));
  else if (status === 409) more.push(" ", signInAgain(answer) || linkTo(location.href, "在新窗口查看最新内容"));
  return [answer.message, "bad", ...more];
}

/** A link to the sign-in page for whoever is signed out or replaced by another person here, or to what is due first; else "". */
export function signInAgain(answer) {
  if (answer?.login && answer.offer) return linkTo(answer.offer.url, answer.offer.label);
  const login = document.querySelector('meta[name="login-path"]')?.content;
  return answer?.login ? linkTo(login ?? answer.login, "重新登录") : "";
}

/** A button that closes the box it is in and does what was chosen. */
export function choice(box, label, action) {
  const button = Object.assign(document.createElement("button"), { type: "button", className: "btn me-2", textContent: label });
  button.addEventListener("click", () => {
    box.hidden = true;
    action();
  });
  return button;
}

export function linkTo(href, textContent) {
  return Object.assign(document.createElement("a"), { href, textContent, target: "_blank" });
}
