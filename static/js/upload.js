// Upload boxes (data-upload): drag and drop, size check before sending, progress, retry.
// Without this script the form is an ordinary one and works as well (e.g. in WeChat's browser).

import { sentencesOf, signInAgain } from "./announce.js";
import { headers } from "./person.js";
import { follow } from "./sending.js";

function setUp(form) {
  const input = form.querySelector('input[type="file"]');
  const status = form.querySelector("[data-upload-status]");
  const bar = form.querySelector("progress");
  const limit = Number(form.dataset.maxBytes || 0);
  let isSending = false;

  function say(text, tone = "info") {
    status.textContent = text;
    status.className = `upload-status tone-text-${tone}`;
  }

  function send() {
    const files = [...input.files];
    const tooBig = files.find((file) => limit && file.size > limit);
    if (tooBig) {
      say(`“${tooBig.name}”超过 ${Math.floor(limit / 1048576)} MB，请压缩或拆分后再上传。`, "bad");
      return;
    }
    // A double click sends once.
    if (isSending) return;
    isSending = true;
    const request = new XMLHttpRequest();
    request.open("POST", form.action);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    bar.hidden = false;
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.max = event.total;
      bar.value = event.loaded;
      say(`正在上传 ${Math.floor((100 * event.loaded) / event.total)}%`);
    });
    request.addEventListener("load", () => finish(request));
    request.addEventListener("error", () => fail("网络中断，文件没有上传。所选文件仍保留，点“上传”重试。"));
    request.send(new FormData(form));
  }

  function finish(request) {
    try {
      const answer = JSON.parse(request.responseText);
      if (answer.location) {
        say("已上传。", "ok");
        follow(answer.location);
      } else {
        fail(sentencesOf(answer).join("\n"), answer.offer);
        status.append(signInAgain(answer));
      }
    } catch {
      fail(request.status === 413 ? "文件过大，服务器拒收。" : `上传没有完成（${request.status}）。所选文件仍保留，请稍后点“上传”重试。`);
    }
  }

  function fail(text, offer) {
    isSending = false;
    bar.hidden = true;
    say(text, "bad");
    if (!offer) return;
    const link = document.createElement("a");
    link.className = "btn mb-2";
    link.href = offer.url;
    link.textContent = offer.label;
    status.prepend(link, document.createElement("br"));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    if (input.files.length) send();
    else say("请先选择文件。", "warn");
  });
  input.addEventListener("change", () => {
    if (input.files.length) say(`已选择：${[...input.files].map((file) => file.name).join("、")}`);
  });
  for (const name of ["dragenter", "dragover"]) {
    form.addEventListener(name, (event) => {
      event.preventDefault();
      form.classList.add("upload-over");
    });
  }
  for (const name of ["dragleave", "drop"]) form.addEventListener(name, () => form.classList.remove("upload-over"));
  form.addEventListener("drop", (event) => {
    event.preventDefault();
    input.files = event.dataTransfer.files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  });
}

function setUpAll(root) {
  for (const form of root.querySelectorAll("form[data-upload]:not([data-ready])")) {
    form.dataset.ready = "1";
    setUp(form);
  }
}
setUpAll(document);
document.addEventListener("htmx:load", (event) => setUpAll(event.target.parentNode ?? document));
