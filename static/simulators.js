/* Comfort only: every simulated place works without it. */
"use strict";

/* Digits are written into the field at once; without this each key is a round to the place and back. */
function keypads() {
  for (const form of document.querySelectorAll("form[data-keypad]")) {
    const keyed = form.elements.keyed;
    if (!keyed) continue;
    form.addEventListener("click", (event) => {
      const key = event.target.closest(".keypad .key")?.value;
      if (key !== "clear" && !/^[0-9A-Z]$/.test(key ?? "")) return;
      event.preventDefault();
      keyed.value = key === "clear" ? "" : (keyed.value + key).slice(0, keyed.maxLength);
    });
    if (matchMedia("(hover: hover)").matches && !document.querySelector(".answer")) keyed.focus();
  }
}

/* Nobody sees what the person before has left on a kiosk. */
function untouched() {
  const place = document.querySelector("[data-wipes-after]");
  if (!place) return;
  const seconds = Number(place.dataset.wipesAfter);
  let ends;
  const touched = () => { ends = Date.now() + seconds * 1000; };
  const tick = () => {
    const left = Math.max(0, Math.ceil((ends - Date.now()) / 1000));
    place.querySelector("[data-left]").textContent = left;
    place.toggleAttribute("data-soon", left <= 15);
    if (!left) location.replace(place.dataset.start);
  };
  for (const sign of ["pointerdown", "keydown"]) addEventListener(sign, touched);
  addEventListener("pageshow", (event) => event.persisted && location.reload());
  touched();
  setInterval(tick, 1000);
}

keypads();
untouched();
