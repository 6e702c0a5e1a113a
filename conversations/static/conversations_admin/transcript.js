// Refreshes the transcript of an open conversation, and sends an answer with Ctrl+Enter.
"use strict";

const POLL_INTERVAL_MS = 3000;
const box = document.querySelector("[data-transcript]");

async function refresh() {
  if (document.hidden) return;
  const answer = await fetch(`${box.dataset.transcript}?stamp=${encodeURIComponent(box.dataset.stamp)}`);
  if (answer.status !== 200) return; // 204: no change
  const opened = new Set([...box.querySelectorAll("details[open]")].map((each) => each.closest("[data-message]").dataset.message));
  box.innerHTML = await answer.text(); // escaped and sanitised by the server
  box.dataset.stamp = answer.headers.get("X-Stamp");
  for (const id of opened) box.querySelector(`[data-message="${CSS.escape(id)}"] details`)?.setAttribute("open", "");
}

if (box) setInterval(() => refresh().catch(() => {}), POLL_INTERVAL_MS); // on failure, the next poll tries again

document.querySelector("#answer")?.addEventListener("keydown", (event) => {
  if (event.key === "Enter" && (event.ctrlKey || event.metaKey)) event.target.form.requestSubmit();
});
