// The page of an import keeps itself up to date until the worker is done.
"use strict";

const LOOK_INTERVAL_MS = 1500;

function watch(section) {
  const finished = () => section.querySelector("[data-finished]");
  if (finished()) return;
  const timer = setInterval(async () => {
    const answer = await fetch(section.dataset.progress).catch(() => null);
    if (!answer?.ok) return; // the next look may find the server again
    section.innerHTML = await answer.text();
    if (!finished()) return;
    clearInterval(timer);
    location.reload(); // what can be done with it is above, and has changed
  }, LOOK_INTERVAL_MS);
}

document.addEventListener("DOMContentLoaded", () => document.querySelectorAll("[data-progress]").forEach(watch));
