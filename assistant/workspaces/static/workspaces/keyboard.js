// What the theme lets only a mouse press, a key presses too; and the names of its icons are not read aloud.
"use strict";

const PRESSED_BY_MOUSE = "a:not([href])[x-on\\:click], div.cursor-pointer[x-on\\:click], span.material-symbols-outlined[x-on\\:click]";
const FADE_MS = 200; // the theme fades in what it opens, and what is hidden takes no focus

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("content")?.setAttribute("tabindex", "-1"); // where the skip link leads
  for (const thing of document.querySelectorAll(PRESSED_BY_MOUSE)) pressedByKey(thing);
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
    if (icon.parentElement.textContent.trim() !== icon.textContent.trim()) icon.setAttribute("aria-hidden", "true");
  }
});

function pressedByKey(thing) {
  const does = thing.getAttribute("x-on:click");
  const isAccount = does.includes("openUserLinks");
  const panel = isAccount ? thing.previousElementSibling : does.includes("filterOpen") ? document.getElementById("changelist-filter") : null;
  thing.tabIndex = 0;
  thing.setAttribute("role", "button");
  if (does.includes("sidebar")) thing.setAttribute("aria-label", "Menu");
  thing.addEventListener("keydown", (event) => {
    if (event.key !== "Enter" && event.key !== " ") return;
    event.preventDefault(); // the space bar would scroll
    thing.click();
    setTimeout(() => panel?.querySelector("a, button, input")?.focus(), FADE_MS); // it stands elsewhere on the page
  });
  panel?.addEventListener("keydown", (event) => {
    if (event.key !== "Escape") return;
    if (isAccount) thing.click(); // the filters close themselves
    thing.focus();
  });
}
