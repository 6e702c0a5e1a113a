// What the theme lets only a mouse press, a key presses too; and the names of its icons are not read aloud.
"use strict";

const PRESSED_BY_MOUSE = "a:not([href])[x-on\\:click], div.cursor-pointer[x-on\\:click], span.material-symbols-outlined[x-on\\:click]";

document.addEventListener("DOMContentLoaded", () => {
  document.getElementById("content")?.setAttribute("tabindex", "-1"); // where the skip link leads
  for (const thing of document.querySelectorAll(PRESSED_BY_MOUSE)) {
    thing.tabIndex = 0;
    thing.setAttribute("role", "button");
    if (thing.getAttribute("x-on:click").includes("sidebar")) thing.setAttribute("aria-label", "Menu");
    thing.addEventListener("keydown", (event) => {
      if (event.key !== "Enter" && event.key !== " ") return;
      event.preventDefault(); // the space bar would scroll
      thing.click();
    });
  }
  for (const icon of document.querySelectorAll(".material-symbols-outlined")) {
    if (icon.parentElement.textContent.trim() !== icon.textContent.trim()) icon.setAttribute("aria-hidden", "true");
  }
});
