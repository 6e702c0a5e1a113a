// Makes elements of the theme that only react to the mouse work with the keyboard, and hides its icons' names from
// screen readers.
"use strict";

const PRESSED_BY_MOUSE = "a:not([href])[x-on\\:click], div.cursor-pointer[x-on\\:click], span.material-symbols-outlined[x-on\\:click]";
const FADE_MS = 200; // the theme fades panels in, and a hidden element cannot be focused

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("content")?.setAttribute("tabindex", "-1"); // target of the skip link
  for (const element of document.querySelectorAll(PRESSED_BY_MOUSE)) pressedByKey(element);
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
    if (icon.parentElement.textContent.trim() !== icon.textContent.trim()) icon.setAttribute("aria-hidden", "true");
  }
});

function pressedByKey(element) {
  const does = element.getAttribute("x-on:click");
  const isAccount = does.includes("openUserLinks");
  const panel = isAccount ? element.previousElementSibling : does.includes("filterOpen") ? document.getElementById("changelist-filter") : null;
  element.tabIndex = 0;
  element.setAttribute("role", "button");
  if (does.includes("sidebar")) element.setAttribute("aria-label", "Menu");
  element.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // the space bar would scroll
    element.click();
    setTimeout(() => panel?.querySelector("a, button, input")?.focus(), FADE_MS); // the panel is elsewhere in the page
  });
  panel?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (isAccount) element.click(); // the filters close themselves
    element.focus();
  });
}
