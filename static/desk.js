/* Comfort only: without it the server sends the text of the chosen reason, and rows are ticked one by one. */
"use strict";

/* The text of a ready-made reason stands in the box, to be sent or changed; what somebody has written stays. */
for (const choice of document.querySelectorAll("select[data-fills]")) {
  const box = document.getElementById(choice.dataset.fills);
  const textOf = () => choice.selectedOptions[0]?.dataset.text ?? "";
  let filled = textOf();
  choice.addEventListener("change", () => {
    if (box.value.trim() && box.value !== filled) return;
    box.value = filled = textOf();
  });
}

/* One tick for all rows of a page. */
for (const label of document.querySelectorAll("[data-ticks]")) {
  const all = label.querySelector("input");
  label.hidden = false;
  all.addEventListener("change", () => {
    for (const one of document.getElementsByName(label.dataset.ticks)) one.checked = all.checked;
  });
}
