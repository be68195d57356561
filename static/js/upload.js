// Upload boxes (data-upload): drag and drop, size check before sending, progress, retry. A box with data-each sends
// file by file: what is refused is named and does not hold up the others, what was cut off stays chosen. Files for
// another address come to it by the event upload:send.
// Without this script the form is an ordinary one and works as well (e.g. in WeChat's browser).

import { sentencesOf, signInAgain } from "./announce.js";
import { headers } from "./person.js";
import { follow } from "./sending.js";

function setUp(form) {
  const input = form.querySelector('input[type="file"]:not([data-camera])');
  const status = form.querySelector("[data-upload-status]");
  const bar = form.querySelector("progress");
  const limit = Number(form.dataset.maxBytes || 0);
  const isEach = "each" in form.dataset;
  const queue = [];
  let isSending = false;

  function say(text, tone = "info") {
    status.textContent = text;
    status.className = `upload-status tone-text-${tone}`;
  }

  function send(files, address = form.action) {
    const tooBig = files.find((file) => limit && file.size > limit);
    if (tooBig) {
      say(`“${tooBig.name}”超过 ${Math.floor(limit / 1048576)} MB，请压缩或拆分后再上传。`, "bad");
      return;
    }
    isSending = true;
    bar.hidden = false;
    const batches = isEach ? files.map((file) => [file]) : [files];
    sendNext({ address, batches, done: 0, refused: [], location: "" });
  }

  function sendNext(job) {
    const body = new FormData(form);
    if (isEach) {
      body.delete(input.name);
      body.append(input.name, job.batches[job.done][0]);
      if (job.batches.length > 1) body.append("one_of_many", "1");
    }
    const request = new XMLHttpRequest();
    request.open("POST", job.address);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (!event.lengthComputable) return;
      bar.max = job.batches.length;
      bar.value = job.done + event.loaded / event.total;
      const which = job.batches.length > 1 ? `（第 ${job.done + 1} 个，共 ${job.batches.length} 个）` : "";
      say(`正在上传 ${Math.floor((100 * event.loaded) / event.total)}%${which}`);
    });
    request.addEventListener("load", () => finish(request, job));
    request.addEventListener("error", () => fail("网络中断，文件没有上传。所选文件仍保留，点“上传”重试。", job));
    request.send(body);
  }

  function finish(request, job) {
    let answer;
    try {
      answer = JSON.parse(request.responseText);
    } catch {
      const words = request.status === 413 ? "文件过大，服务器拒收。" : `上传没有完成（${request.status}）。所选文件仍保留，请稍后点“上传”重试。`;
      fail(words, job);
      return;
    }
    const isRefused = !answer.location && request.status === 400;
    if (!answer.location && !(isRefused && job.batches.length > 1)) {
      fail(sentencesOf(answer).join("\n"), job, answer.offer);
      status.append(signInAgain(answer));
      return;
    }
    if (isRefused) job.refused.push(sentencesOf(answer).join("\n"));
    else job.location = answer.location;
    job.done += 1;
    if (job.done < job.batches.length) sendNext(job);
    else end(job);
  }

  function end(job) {
    const stored = job.done - job.refused.length;
    const words = job.batches.length > 1 ? `已上传 ${stored} 个文件。` : "已上传。";
    say([words, ...job.refused].join("\n"), job.refused.length ? "bad" : "ok");
    if (job.location && follow(job.location)) return;
    isSending = false;
    bar.hidden = true;
    const next = queue.shift();
    if (next) send(next.files, next.address);
    else form.reset();
  }

  function fail(text, job, offer) {
    isSending = false;
    bar.hidden = true;
    if (isEach) {
      // What is stored is not sent again; what was not stays chosen.
      const left = new DataTransfer();
      const waiting = queue.splice(0).flatMap((next) => next.files);
      for (const file of [...job.batches.slice(job.done).flat(), ...waiting]) left.items.add(file);
      input.files = left.files;
    }
    if (isEach && job.done) {
      text = [`已上传 ${job.done - job.refused.length} 个文件，还有 ${input.files.length} 个。`, ...job.refused, text].join("\n");
      if (job.location) follow(job.location);
    }
    say(text, "bad");
    if (!offer) return;
    const link = document.createElement("a");
    link.className = "btn mb-2";
    link.href = offer.url;
    link.textContent = offer.label;
    status.prepend(link, document.createElement("br"));
  }

  function choose(files) {
    input.files = files;
    input.dispatchEvent(new Event("change", { bubbles: true }));
  }

  form.addEventListener("submit", (event) => {
    event.preventDefault();
    // A double click sends once.
    if (isSending) return;
    if (input.files.length) send([...input.files]);
    else say("请先选择文件。", "warn");
  });
  form.addEventListener("upload:send", ({ detail }) => {
    if (isSending) queue.push(detail);
    else send(detail.files, detail.address);
  });
  input.addEventListener("change", () => {
    if (input.files.length) say(`已选择：${[...input.files].map((file) => file.name).join("、")}`);
  });
  form.querySelector("[data-camera]")?.addEventListener("change", (event) => {
    if (event.target.files.length && !isSending) send([...event.target.files]);
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
    choose(event.dataTransfer.files);
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
