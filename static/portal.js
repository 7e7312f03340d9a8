/* Comfort only: every page works without it. Each part looks for its own data attributes and does nothing without them. */
"use strict";

const { show, hide } = document.currentScript.dataset;
const all = (selector, root = document) => [...root.querySelectorAll(selector)];
const fold = (text) => text.replace(/[\u0660-\u0669\u06f0-\u06f9]/g, (digit) => digit.charCodeAt(0) & 15);
const clockText = (seconds) => {
  const [hours, minutes, rest] = [seconds / 3600, (seconds / 60) % 60, seconds % 60].map(Math.floor);
  const two = (number) => String(number).padStart(2, "0");
  return hours ? `${hours}:${two(minutes)}:${two(rest)}` : `${minutes}:${two(rest)}`;
};

/* A reload would lose the answer that is on its way, and with it the cookie of who has just signed in. */
const isBeingSent = () => Boolean(document.querySelector("form[data-sent]"));

/* Or what somebody types where a form was opened. */
const mustStay = () => isBeingSent() || Boolean(document.querySelector(".in-place[open]"));

function everySecond(seconds, tick) {
  const ends = Date.now() + seconds * 1000;
  const run = () => {
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    tick(left);
    if (!left) clearInterval(timer);
  };
  const timer = setInterval(run, 1000);
  run();
  return () => clearInterval(timer);
}

function showFirstError() {
  document.querySelector(".error-summary")?.focus();
}

/* Back to a refused form, and a reload of it, ask for the page, and not whether to send once more. What was typed comes back as on
   other pages: browsers bring back what differs from what a page came with. */
function standAsAPage() {
  const form = document.querySelector(".error-summary")?.parentElement.querySelector("form");
  if (!form) return;
  history.replaceState(null, "", form.dataset.page ?? location.href);
  for (const input of all("textarea, input:not([type=hidden], [type=password], [type=file])", form)) {
    const { value, checked } = input;
    if (input.matches("[type=checkbox], [type=radio]")) Object.assign(input, { defaultChecked: false, checked });
    else Object.assign(input, { defaultValue: "", value });
  }
}

function submitOnce() {
  for (const form of all("form[data-submit-once]")) {
    form.addEventListener("submit", (event) => {
      if (event.submitter?.formNoValidate) return;
      if (form.dataset.sent) event.preventDefault();
      form.dataset.sent = "yes";
      all("button[type=submit]", form).forEach((button) => button.setAttribute("aria-disabled", "true"));
    });
  }
  addEventListener("pageshow", (event) => {
    if (!event.persisted) return;
    for (const form of all("form[data-sent]")) {
      delete form.dataset.sent;
      all("[aria-disabled]", form).forEach((button) => button.removeAttribute("aria-disabled"));
    }
  });
}

function tellKinds() {
  for (const place of all("[data-kind-of]")) {
    const input = document.getElementById(place.dataset.kindOf);
    const tell = () => {
      const digits = fold(input.value);
      const first = /[^\d\s\p{P}\p{Cf}]/u.test(digits) ? "none" : String(digits.match(/\d/)?.[0]);
      const kind = "3456".includes(first) ? "3" : first;
      place.textContent = place.getAttribute(`data-kind-${kind}`) ?? "";
    };
    input.addEventListener("input", tell);
    tell();
  }
}

function moreThanHalfOfUsername(password) {
  const name = document.querySelector("[name=username]")?.value.toLowerCase() ?? "";
  const size = Math.floor(name.length / 2) + 1;
  const pieces = name ? Array.from({ length: name.length - size + 1 }, (_, at) => name.slice(at, at + size)) : [];
  return pieces.some((piece) => password.toLowerCase().includes(piece));
}

const RULES = {
  frequent_character: (text) => [...new Set(text)].every((char) => (text.split(char).length - 1) * 2 <= text.length),
  username_piece: (text) => !moreThanHalfOfUsername(text),
};

function checkRules() {
  for (const list of all("[data-rules-of]")) {
    const input = document.getElementById(list.dataset.rulesOf);
    let left = false;
    const judge = () => {
      for (const rule of all("[data-rule]", list)) {
        const { pattern, rule: name } = rule.dataset;
        const holds = pattern ? new RegExp(pattern, "u").test(input.value) : RULES[name](input.value);
        rule.classList.toggle("met", Boolean(input.value) && holds);
        rule.classList.toggle("unmet", Boolean(input.value) && left && !holds);
      }
    };
    input.addEventListener("input", judge);
    input.addEventListener("blur", () => { left = true; judge(); });
    document.querySelector("[name=username]")?.addEventListener("input", judge);
    judge();
  }
}

function revealPasswords() {
  for (const input of all("input[type=password]")) {
    const row = document.createElement("div");
    const button = document.createElement("button");
    const label = document.querySelector(`label[for="${input.id}"]`)?.textContent.trim() ?? "";
    row.className = "with-reveal";
    button.type = "button";
    button.className = "link-button";
    const name = () => {
      const shown = input.type === "text";
      button.textContent = shown ? hide : show;
      button.setAttribute("aria-label", `${button.textContent}: ${label}`);
    };
    button.addEventListener("click", () => { input.type = input.type === "text" ? "password" : "text"; name(); });
    input.form?.addEventListener("submit", () => { input.type = "password"; });
    input.replaceWith(row);
    row.append(input, button);
    name();
  }
}

function renewCaptchas() {
  for (const captcha of all("[data-captcha]")) {
    const [button, image, key, answer] = ["[data-captcha-refresh]", "img", "input[type=hidden]", "input:not([type=hidden])"].map((part) => captcha.querySelector(part));
    const [audio, listen] = ["audio", "[data-captcha-listen]"].map((part) => captcha.querySelector(part));
    audio.hidden = true;
    listen.hidden = false;
    listen.addEventListener("click", () => { audio.currentTime = 0; audio.play(); answer.focus(); });
    button.addEventListener("click", async (event) => {
      event.preventDefault();
      try {
        const fresh = await (await fetch(button.dataset.captchaRefresh, { headers: { Accept: "application/json" } })).json();
        key.value = fresh.key;
        image.src = fresh.image;
        audio.src = fresh.sound;
        answer.value = "";
        answer.focus();
      } catch {
        button.form.requestSubmit(button);
      }
    });
  }
}

function runCountdowns() {
  for (const place of all("[data-countdown]")) {
    everySecond(Number(place.dataset.countdown), (left) => {
      place.textContent = clockText(left);
      if (!left && "thenReload" in place.dataset && !mustStay()) location.reload();
    });
  }
  for (const wait of all("[data-wait]")) {
    everySecond(Number(wait.dataset.wait), (left) => {
      if (left) return;
      wait.querySelector("[data-waiting]").hidden = true;
      wait.querySelector("[data-over]").hidden = false;
    });
  }
  for (const button of all("[data-enabled-after]")) {
    button.disabled = true;
    everySecond(Number(button.dataset.enabledAfter), (left) => {
      if (left) return;
      button.disabled = false;
      all(".hint", button.form).forEach((hint) => { hint.hidden = true; });
      if ("sendsItself" in button.form.dataset) button.form.requestSubmit(button);
    });
  }
  all("[data-with-script]").forEach((place) => { place.hidden = false; });
  all("[data-without-script]").forEach((place) => { place.hidden = true; });
}

function pollStates() {
  for (const place of all("[data-poll-url]")) {
    let shown = place.textContent.trim();
    let rounds = 0;
    const seconds = Number(place.dataset.pollSeconds);
    const ask = async () => {
      if (document.hidden || isBeingSent()) return;
      // As long as a session lives that nobody uses: 15 minutes.
      if (++rounds * seconds > 900) clearInterval(timer);
      try {
        const answer = await fetch(place.dataset.pollUrl, { headers: { "X-By-Itself": "1" } });
        if (isBeingSent() || (answer.status === 205 && mustStay())) return;
        if (answer.status !== 200) clearInterval(timer);
        if (answer.status === 205) return location.reload();
        if (answer.status !== 200) return;
        const fresh = new DOMParser().parseFromString(await answer.text(), "text/html").body;
        if (fresh.textContent.trim() === shown) return;
        shown = fresh.textContent.trim();
        place.replaceChildren(...fresh.childNodes);
        if (place.querySelector("[data-poll-end]")) clearInterval(timer);
      } catch { /* the next round asks again */ }
    };
    const timer = setInterval(ask, seconds * 1000);
  }
}

function readCodeFromMessage() {
  const input = document.querySelector("[data-code]");
  if (!input || !("OTPCredential" in window)) return;
  const stop = new AbortController();
  input.form.addEventListener("submit", () => stop.abort());
  navigator.credentials.get({ otp: { transport: ["sms"] }, signal: stop.signal }).then((found) => { input.value = found.code; }, () => {});
}

function print() {
  for (const button of all("[data-print]")) {
    button.hidden = false;
    button.addEventListener("click", () => window.print());
  }
}

/* A day in the other calendar, as it is typed. The server knows both. */
function showOtherCalendars() {
  for (const date of all("[data-date-url]")) {
    const parts = all("select, input", date);
    const place = date.querySelector("[data-other-calendar]");
    let timer;
    const ask = async () => {
      const typed = new URLSearchParams(parts.map((part) => [part.name.split("_").pop(), part.value]));
      const isWhole = parts.every((part) => part.value.trim());
      try {
        place.innerHTML = isWhole ? await (await fetch(`${date.dataset.dateUrl}?${typed}`)).text() : "";
      } catch { place.textContent = ""; }
    };
    date.addEventListener("input", () => { clearTimeout(timer); timer = setTimeout(ask, 300); });
    if (parts.every((part) => part.value.trim())) ask();
  }
}

/* What is typed is kept a moment later, and when the page is left. */
function keepDrafts() {
  for (const form of all("form[data-keep]")) {
    let timer, isKept = true;
    const keep = async () => {
      clearTimeout(timer);
      if (isKept || form.dataset.sent) return;
      isKept = true;
      const body = new FormData(form);
      body.set("quietly", "yes");
      try {
        const answer = await fetch(form.action, { method: "POST", body, keepalive: true, redirect: "manual" });
        form.querySelector("[data-kept]").hidden = answer.status !== 204;
      } catch { isKept = false; }
    };
    form.addEventListener("input", () => {
      isKept = false;
      form.querySelector("[data-kept]").hidden = true;
      clearTimeout(timer);
      timer = setTimeout(keep, 1500);
    });
    addEventListener("pagehide", keep);
    addEventListener("online", keep);
  }
}

/* On Back a browser gives back what was typed, but for what it is told not to offer to the next person. The number is kept for
   this tab, until another page than the one for the code is opened in it. */
function giveNumberBack() {
  const place = "typed-number", input = document.querySelector("[data-back]");
  if (!input) {
    if (!document.querySelector("[data-code]")) sessionStorage.removeItem(place);
    return;
  }
  const cameBack = performance.getEntriesByType("navigation")[0]?.type === "back_forward";
  if (cameBack && !input.value) {
    input.value = sessionStorage.getItem(place) ?? "";
    input.dispatchEvent(new Event("input"));
  }
  input.form.addEventListener("submit", () => sessionStorage.setItem(place, input.value));
}

/* The officers' menu is wider than a phone. */
function showPlaceInMenu() {
  const menu = document.querySelector(".menu");
  const here = menu?.querySelector("[aria-current]");
  if (here) menu.scrollLeft += here.getBoundingClientRect().left - menu.getBoundingClientRect().left - (menu.clientWidth - here.offsetWidth) / 2;
}

/* The session ends some time after the last request. A minute before, the page asks; afterwards it shows the sign-in. */
function guardSession() {
  const dialog = document.getElementById("session-dialog");
  if (!dialog) return;
  const place = dialog.querySelector("[data-session-countdown]");
  const warnFor = 60;
  let stop = () => {};
  const begin = (seconds) => {
    stop();
    stop = everySecond(seconds - 5, (left) => {
      place.textContent = clockText(left);
      if (left <= warnFor && !dialog.open) dialog.showModal();
      if (!left) location.assign(location.pathname + location.search);
    });
  };
  dialog.addEventListener("close", async () => {
    const body = new FormData(dialog.querySelector("form"));
    const answer = await fetch(dialog.dataset.extendUrl, { method: "POST", body });
    begin((await answer.json()).seconds_left);
  });
  begin(Number(dialog.dataset.sessionSeconds ?? document.body.dataset.sessionSeconds));
}

[showFirstError, standAsAPage, submitOnce, tellKinds, checkRules, revealPasswords, renewCaptchas, runCountdowns, pollStates, readCodeFromMessage, print, showOtherCalendars, keepDrafts, giveNumberBack, showPlaceInMenu, guardSession].forEach((part) => part());
