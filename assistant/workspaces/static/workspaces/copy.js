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
    getSelection().selectAllChildren(text); // without HTTPS there is no clipboard API, so the text is selected
    button.textContent = "Press Ctrl+C";
  }
});
