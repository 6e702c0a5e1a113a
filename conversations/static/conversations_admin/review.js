// Keys of the review queue: j and k move between held messages, r releases the chosen one, s marks it as spam.
"use strict";

const held = [...document.querySelectorAll("[data-held]")];
let chosen = 0;

function choose(number) {
  chosen = Math.min(Math.max(number, 0), held.length - 1);
  held[chosen]?.focus();
  held[chosen]?.scrollIntoView({ block: "nearest" });
}

for (const [number, each] of held.entries()) each.addEventListener("focusin", () => (chosen = number));

document.addEventListener("keydown", (event) => {
  const writes = event.target.closest("input, textarea, select, [contenteditable]");
  if (!held.length || writes || event.ctrlKey || event.metaKey || event.altKey || event.repeat) return;
  if (event.key === "j") choose(document.activeElement === document.body ? chosen : chosen + 1);
  else if (event.key === "k") choose(chosen - 1);
  else if (event.key === "r" || event.key === "s") held[chosen].querySelector(`[data-key="${event.key}"]`).requestSubmit();
  else return;
  event.preventDefault();
});

choose(0);
