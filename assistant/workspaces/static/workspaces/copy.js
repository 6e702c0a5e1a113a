// Buttons that copy the text beside them.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-copy-button]");
  if (!button) return;
  const text = button.closest("[data-copy]").querySelector("[data-copy-text]");
  try {
    await navigator.clipboard.writeText(text.textContent);
    button.textContent = "Copied";
  } catch {
    getSelection().selectAllChildren(text); // no clipboard without HTTPS: one key press is left
    button.textContent = "Press Ctrl+C";
  }
});
