// Upload boxes (data-upload): drag and drop, size check before sending, progress, retry. A box with data-each sends
// file by file: what is refused is named and does not hold up the others, what was cut off stays chosen. Files for
// another address come to it by the event upload:send. Where the box names an address for parts (data-parts), a large
// file goes in parts, and one whose line was cut goes on where it stopped.
// Without this script the form is an ordinary one and works as well (e.g. in WeChat's browser).

import { sentencesOf, signInAgain } from "./announce.js";
import { headers, post } from "./person.js";
import { follow } from "./sending.js";

// As the server takes at most (portal/core/files/temporary.py).
const PART = 2 * 1024 * 1024;

async function digestOf(file) {
  const found = await crypto.subtle.digest("SHA-256", await file.arrayBuffer());
  return [...new Uint8Array(found)].map((byte) => byte.toString(16).padStart(2, "0")).join("");
}

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
    const file = job.batches[job.done][0];
    if (isEach) {
      body.delete(input.name);
      if (job.batches.length > 1) body.append("one_of_many", "1");
    }
    // Without a secure connection a browser counts no digest: then the file goes as a whole.
    if (isEach && form.dataset.parts && file.size > PART && globalThis.crypto?.subtle) {
      sendParts(job, file, body);
      return;
    }
    if (isEach) body.append(input.name, file);
    sendBody(job, body);
  }

  /** Send what the server does not have of a file, then the form that takes the whole. */
  async function sendParts(job, file, body) {
    try {
      say(`正在准备“${file.name}”…`);
      const sha256 = await digestOf(file);
      const asked = await fetch(`${form.dataset.parts}?sha256=${sha256}`, { headers: headers() });
      if (!asked.ok) {
        finish({ status: asked.status, responseText: await asked.text() }, job);
        return;
      }
      let { received } = await asked.json();
      while (received < file.size) {
        shown(job, received / file.size);
        const part = new FormData();
        for (const [name, value] of Object.entries({ sha256, size: file.size, offset: received })) part.append(name, value);
        part.append("part", file.slice(received, received + PART), file.name);
        const answer = await post(form.dataset.parts, part);
        if (!answer.ok) {
          finish({ status: answer.status, responseText: await answer.text() }, job);
          return;
        }
        ({ received } = await answer.json());
      }
      shown(job, 1);
      body.append("stored", sha256);
      body.append("name", file.name);
    } catch {
      fail("网络中断，已传的部分保留在服务器上。所选文件仍保留，点“上传”接着传。", job);
      return;
    }
    sendBody(job, body);
  }

  function shown(job, part) {
    bar.max = job.batches.length;
    bar.value = job.done + part;
    const which = job.batches.length > 1 ? `（第 ${job.done + 1} 个，共 ${job.batches.length} 个）` : "";
    say(`正在上传 ${Math.floor(100 * part)}%${which}`);
  }

  function sendBody(job, body) {
    const request = new XMLHttpRequest();
    request.open("POST", job.address);
    for (const [name, value] of Object.entries(headers())) request.setRequestHeader(name, value);
    request.upload.addEventListener("progress", (event) => {
      if (event.lengthComputable && !body.has("stored")) shown(job, event.loaded / event.total);
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
