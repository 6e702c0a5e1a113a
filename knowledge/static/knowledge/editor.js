// The article editor: preview while typing, Markdown by button, a question tried beside the text.
"use strict";

const PREVIEW_DELAY_MS = 250;

function start(editor) {
  const body = editor.querySelector("textarea[name=body]");
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  tabs(editor);
  trying(editor);
  if (!body) return;
  checking(editor, body, token);
  attaching(editor, body, token);
  let waiting, newest = 0;

  async function preview() {
    const mine = ++newest;
    const form = new FormData();
    form.set("body", body.value);
    const answer = await fetch(editor.dataset.preview, { method: "POST", body: form, headers: { "X-CSRFToken": token } });
    // An answer that comes late must not overwrite a newer one. The server cleans what it sends.
    if (answer.ok && mine === newest) editor.querySelector("[data-pane=preview]").innerHTML = await answer.text();
  }
  body.addEventListener("input", () => {
    clearTimeout(waiting);
    waiting = setTimeout(preview, PREVIEW_DELAY_MS);
  });
  body.addEventListener("keydown", (event) => {
    const mark = { b: "**", i: "_" }[event.key];
    if (mark && (event.ctrlKey || event.metaKey)) {
      event.preventDefault();
      wrap(body, mark);
    }
  });
  editor.querySelector("[data-pane=preview]").addEventListener("click", (event) => describe(body, event.target.closest("[data-alt-written]")));
  for (const button of editor.querySelectorAll("[data-wrap]")) button.addEventListener("click", () => wrap(body, button.dataset.wrap));
  for (const button of editor.querySelectorAll("[data-line]")) button.addEventListener("click", () => beginLine(body, button.dataset.line));
  preview();
}

function insert(body, start, end, text, selectFrom, selectTo) {
  body.focus();
  body.setRangeText(text, start, end, "end");
  body.setSelectionRange(selectFrom, selectTo);
  body.dispatchEvent(new Event("input", { bubbles: true }));
}

// The description goes into the draft, and stands there selected.
function describe(body, button) {
  const { altWritten: written, altInstead: instead } = button?.dataset || {};
  const start = written ? body.value.indexOf(written) : -1;
  if (start < 0) return; // the text has changed: the next preview brings other suggestions
  insert(body, start, start + written.length, instead, start + 2, start + instead.lastIndexOf("]("));
}

function wrap(body, mark) {
  const { selectionStart: start, selectionEnd: end } = body;
  const chosen = body.value.slice(start, end) || "text";
  insert(body, start, end, mark + chosen + mark, start + mark.length, start + mark.length + chosen.length);
}

function beginLine(body, prefix) {
  const start = body.value.lastIndexOf("\n", body.selectionStart - 1) + 1;
  insert(body, start, start, prefix, body.selectionStart + prefix.length, body.selectionEnd + prefix.length);
}

function tabs(editor) {
  const all = [...editor.querySelectorAll("[data-tab]")];
  function show(name) {
    for (const tab of all) {
      tab.setAttribute("aria-selected", String(tab.dataset.tab === name));
      tab.tabIndex = tab.dataset.tab === name ? 0 : -1; // the arrow keys lead to the others
    }
    for (const pane of editor.querySelectorAll("[data-pane]")) pane.hidden = pane.dataset.pane !== name;
  }
  for (const [place, tab] of all.entries()) {
    tab.addEventListener("click", () => show(tab.dataset.tab));
    tab.addEventListener("keydown", (event) => {
      const step = { ArrowRight: 1, ArrowLeft: -1 }[event.key];
      if (!step) return;
      const next = all[(place + step + all.length) % all.length];
      show(next.dataset.tab);
      next.focus();
    });
  }
  if (all.length) show(all[0].dataset.tab);
}

function trying(editor) {
  const text = editor.querySelector("[data-try-text]");
  const result = editor.querySelector("[data-try-result]");
  const workspace = () => editor.dataset.workspace || document.querySelector("[name=workspace]")?.value || "";

  async function ask() {
    if (!text.value.trim()) return;
    result.textContent = "Searching …";
    const asked = new URLSearchParams({ q: text.value, workspace: workspace(), audience: "public", fragment: "1", article: editor.dataset.article });
    const answer = await fetch(`${editor.dataset.try}?${asked}`);
    if (answer.ok) result.innerHTML = await answer.text();
    else result.textContent = "This could not be tried. Please try again.";
  }
  editor.querySelector("[data-try-button]").addEventListener("click", ask);
  text.addEventListener("keydown", (event) => {
    if (event.key !== "Enter") return;
    event.preventDefault(); // the field lies in the article's form, which must not be sent
    ask();
  });
}

function checking(editor, body, token) {
  const button = editor.querySelector("[data-check]");
  if (!button) return; // an article that was never saved
  const result = editor.querySelector("[data-check-result]");
  button.addEventListener("click", async () => {
    const form = new FormData();
    form.set("body", body.value);
    form.set("title", editor.querySelector("[name=title]").value);
    button.disabled = true;
    result.textContent = "Asking past questions again …";
    const answer = await fetch(button.dataset.check, { method: "POST", body: form, headers: { "X-CSRFToken": token } }).catch(() => null);
    if (answer?.ok) result.innerHTML = await answer.text();
    else result.textContent = "This could not be checked. Please try again.";
    button.disabled = false;
    button.focus();
  });
}

// The files of the article: the server answers every change with the list anew.
function attaching(editor, body, token) {
  const pane = editor.querySelector("[data-files]");
  if (!pane) return; // an article that was never saved

  let last = Promise.resolve();
  function send(name, value) { // one after the other: the list that stands at the end is the newest
    last = last.then(() => sendNow(name, value));
  }
  async function sendNow(name, value) {
    const form = new FormData();
    form.set(name, value);
    pane.setAttribute("aria-busy", "true");
    const answer = await fetch(pane.dataset.files, { method: "POST", body: form, headers: { "X-CSRFToken": token } }).catch(() => null);
    pane.removeAttribute("aria-busy");
    if (answer?.ok) pane.innerHTML = await answer.text();
    else complain(answer?.status === 413 ? "This file is too large." : "This could not be done. Please try again.");
    pane.querySelector("[data-add]")?.focus();
    body.dispatchEvent(new Event("input")); // the preview shows what is there now
  }
  function complain(sentence) {
    const said = document.createElement("p");
    said.className = "b-bad";
    said.setAttribute("role", "alert");
    said.textContent = sentence;
    pane.querySelector("[role=alert]")?.remove();
    pane.prepend(said);
  }
  pane.addEventListener("change", (event) => {
    event.stopPropagation(); // the file is no unsaved change of the article
    if (event.target.matches("[data-add]") && event.target.files.length) send("file", event.target.files[0]);
  });
  pane.addEventListener("click", (event) => {
    const button = event.target.closest("button");
    if (!button) return;
    if (button.dataset.insert) insertHere(body, button.dataset.insert);
    else if (button.dataset.copy) copy(button);
    else if (confirm("Delete this file? Texts that name it show its label alone.")) send("delete", button.dataset.delete);
  });
}

// A picture becomes a paragraph of its own, a link goes where the cursor is.
function insertHere(body, markdown) {
  const end = body.selectionEnd;
  const [before, after] = [body.value.slice(0, end), body.value.slice(end)];
  const isPicture = markdown.startsWith("!");
  const lead = isPicture && before ? "\n\n".slice(before.match(/\n{0,2}$/)[0].length) : "";
  const tail = isPicture && after ? "\n\n".slice(after.match(/^\n{0,2}/)[0].length) : "";
  const text = lead + markdown + tail;
  insert(body, end, end, text, end + text.length, end + text.length);
}

async function copy(button) {
  const label = button.textContent;
  // Only pages opened by https or from this machine may write to the clipboard.
  const done = await navigator.clipboard?.writeText(button.dataset.copy).then(() => true, () => false);
  if (done) button.textContent = "Copied";
  else prompt("Copy this into the text:", button.dataset.copy);
  setTimeout(() => { button.textContent = label; }, 1500);
}

document.querySelectorAll("[data-editor]").forEach(start);
