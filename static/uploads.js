/* Files of a request: several at once, photos made smaller here, each with its progress. Without this script the page's forms send
   one file at a time, and the server judges whatever arrives in the same way. */
"use strict";

(() => {
  const words = document.currentScript.dataset;
  const LONGEST_SIDE = 2000;
  const JPEG_QUALITY = 0.85;
  const SMALL_ENOUGH_PNG_BYTES = 1024 * 1024;
  const PATIENCE_MS = 120_000;
  const waiting = [];
  let underWay = null;

  /* A canvas has the pixels, turned upright, and nothing else of what the camera wrote. */
  async function shrunk(file) {
    if (!file.type.startsWith("image/")) return file;
    try {
      const picture = await createImageBitmap(file, { imageOrientation: "from-image" });
      const scale = Math.min(1, LONGEST_SIDE / Math.max(picture.width, picture.height));
      if (file.type === "image/png" && scale === 1 && file.size <= SMALL_ENOUGH_PNG_BYTES) return file;
      const canvas = document.createElement("canvas");
      canvas.width = Math.round(picture.width * scale);
      canvas.height = Math.round(picture.height * scale);
      const pen = canvas.getContext("2d");
      pen.fillStyle = "#fff";
      pen.fillRect(0, 0, canvas.width, canvas.height);
      pen.drawImage(picture, 0, 0, canvas.width, canvas.height);
      picture.close();
      const blob = await new Promise((done) => canvas.toBlob(done, "image/jpeg", JPEG_QUALITY));
      return blob ? new File([blob], file.name.replace(/\.[^.]*$/, "") + ".jpg", { type: "image/jpeg" }) : file;
    } catch {
      return file; /* the server says what is wrong with it */
    }
  }

  function part(name, className, parent) {
    const made = document.createElement(name);
    made.className = className;
    parent.append(made);
    return made;
  }

  function button(row, word, name, act) {
    const made = part("button", "link-button", row);
    made.type = "button";
    made.textContent = word;
    const of = part("span", "visually-hidden", made);
    of.textContent = `: ${name}`;
    made.addEventListener("click", act);
    return made;
  }

  class Upload {
    constructor(form, file) {
      this.form = form;
      this.file = file;
      const section = form.closest("section");
      this.list = section.querySelector("[data-files]");
      this.row = part("li", "file upload", section.querySelector("[data-queue]"));
      const said = part("span", "file-words", this.row);
      part("bdi", "", said).textContent = file.name;
      this.state = part("span", "hint", said);
      this.progress = part("progress", "", said);
      this.progress.max = 1;
      this.progress.setAttribute("aria-label", file.name);
      this.retry = button(this.row, words.retry, file.name, () => this.again());
      this.cancel = button(this.row, words.cancel, file.name, () => this.stop());
      this.wait();
    }

    wait() {
      this.failed = false;
      this.retry.hidden = true;
      this.progress.hidden = true;
      this.row.classList.remove("upload-wrong");
      this.state.textContent = words.waiting;
      waiting.push(this);
      next();
    }

    again() {
      this.cancel.focus();
      this.wait();
    }

    async send() {
      this.state.textContent = words.shrinking;
      this.smaller ??= await shrunk(this.file);
      if (this.stopped) return next();
      if (this.smaller.size > Number(words.bytesAtMost)) return this.refuse(words.tooBig);
      this.state.textContent = words.sending;
      this.progress.hidden = false;
      this.progress.value = 0;
      const body = new FormData(this.form);
      body.set("file", this.smaller, this.smaller.name);
      body.set("quietly", "yes");
      const call = (this.call = new XMLHttpRequest());
      call.open("POST", this.form.action || location.href);
      call.timeout = PATIENCE_MS;
      call.upload.addEventListener("progress", (event) => { if (event.lengthComputable) this.progress.value = event.loaded / event.total; });
      call.upload.addEventListener("load", () => { this.state.textContent = words.judging; });
      call.addEventListener("load", () => this.answered(call));
      ["error", "timeout"].forEach((what) => call.addEventListener(what, () => this.fail()));
      call.send(body);
    }

    answered(call) {
      if (call.responseURL.includes("refused=too_big")) return this.refuse(words.tooBig);
      if (call.status === 422) return this.refuse(call.responseText);
      if (call.status >= 400) return this.fail();
      /* Led to another page: signed out, or the request was sent meanwhile. That page says so. */
      if (call.responseURL !== this.form.action) return location.assign(call.responseURL);
      const fresh = new DOMParser().parseFromString(`<ul>${call.responseText}</ul>`, "text/html");
      this.list.replaceChildren(...fresh.querySelector("ul").childNodes);
      this.answer();
      this.row.remove();
      this.over();
    }

    /* What the page said when it came, of a document that was missing or did not do, is true no more. */
    answer() {
      const input = this.form.querySelector("input[type=file]");
      this.form.querySelector(".field-wrong")?.classList.remove("field-wrong");
      this.form.querySelector(".errorlist")?.remove();
      ["aria-invalid", "aria-describedby"].forEach((name) => input.removeAttribute(name));
      const summary = document.querySelector(".error-summary");
      summary?.querySelector(`a[href="#${input.id}"]`)?.closest("li").remove();
      if (summary && !summary.querySelector("li")) summary.remove();
    }

    /* What is wrong with the file itself; sending it again would not help. */
    refuse(sentence) {
      this.wrong(sentence);
      this.over();
    }

    fail() {
      this.failed = true;
      this.retry.hidden = false;
      this.wrong(words.failed);
      this.over();
    }

    wrong(sentence) {
      this.progress.hidden = true;
      this.row.classList.add("upload-wrong");
      this.state.textContent = sentence;
      this.cancel.firstChild.textContent = this.failed ? words.cancel : words.dismiss;
    }

    stop() {
      this.stopped = true;
      this.call?.abort();
      this.row.remove();
      this.form.querySelector("input[type=file]").focus();
      const at = waiting.indexOf(this);
      if (at >= 0) waiting.splice(at, 1);
      this.over();
    }

    over() {
      if (underWay === this) underWay = null;
      next();
    }
  }

  /* One after another: a phone's line is narrow, and the server counts the files. */
  function next() {
    if (underWay || !waiting.length) return;
    underWay = waiting.shift();
    underWay.send();
  }

  const all = [];
  for (const form of document.querySelectorAll("form[data-upload]")) {
    const input = form.querySelector("input[type=file]");
    form.action = location.pathname;
    input.multiple = true;
    /* The browser's own button speaks the language of the phone, not of the page. */
    const label = form.querySelector("label");
    label.textContent = words.choose;
    label.classList.add("button", "button-quiet", "picks");
    label.append(input);
    form.querySelector("button[type=submit]").hidden = true;
    input.addEventListener("change", () => {
      const chosen = [...input.files];
      input.value = "";
      chosen.forEach((file) => all.push(new Upload(form, file)));
    });
  }
  addEventListener("online", () => all.filter((upload) => upload.failed && !upload.stopped).forEach((upload) => upload.wait()));
  addEventListener("beforeunload", (event) => { if (underWay) event.preventDefault(); });
})();
