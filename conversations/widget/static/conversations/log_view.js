// The list of messages: greeting, suggestions, messages, typing. Redrawn at most every 30 ms.

const DRAW_INTERVAL_MS = 30;
const NEAR_END_PX = 80;
const ABOVE_PX = 12;

const log = el("div", { class: "log", tabindex: "0" });
const intro = el("div", { class: "intro" });
const thread = el("div", { class: "thread" });
const typing = el("div", { class: "message assistant typing", hidden: true });
// For screen readers: finished replies only.
const spoken = el("div", { class: "aside", role: "log", "aria-live": "polite" });
const offer = el("div", { class: "message assistant", hidden: true });
log.append(intro, thread, typing, offer);

const nodes = new Map();
const changed = new Set();
let drawTimer = null;
let leftAt = 0; // the scroll position that we last set

function nodeOf(message) {
  if (!nodes.has(message.key)) nodes.set(message.key, el("article"));
  return nodes.get(message.key);
}

function redraw(message) {
  const writingIn = message.form && message.form.contains(shadow.activeElement) && shadow.activeElement;
  changed.delete(message);
  drawMessage(nodeOf(message), message);
  if (writingIn && message.form) writingIn.focus({ preventScroll: true });
}

function place(message, index) {
  const node = nodeOf(message);
  if (thread.children[index] !== node) thread.insertBefore(node, thread.children[index] || null);
}

// Keeps the log scrolled to the end. For a message taller than the log, its beginning stays visible.
function keepingToTheEnd(change) {
  const atEnd = log.scrollHeight - log.scrollTop - log.clientHeight < NEAR_END_PX;
  const asLeft = Math.abs(log.scrollTop - leftAt) < 2;
  change();
  if (!atEnd && !asLeft) return;
  const last = thread.lastElementChild || log;
  const begins = last.getBoundingClientRect().top - log.getBoundingClientRect().top + log.scrollTop - ABOVE_PX;
  log.scrollTop = Math.min(log.scrollHeight, Math.max(0, begins));
  leftAt = log.scrollTop;
}

function drawChanged() {
  drawTimer = null;
  keepingToTheEnd(() => {
    for (const message of [...changed]) redraw(message);
    chat.messages.forEach(place);
    drawTyping();
    drawOffer();
    drawIntro();
  });
  showComposerState();
}

function drawSoon() {
  if (!drawTimer) drawTimer = setTimeout(drawChanged, DRAW_INTERVAL_MS);
}

function drawAll() {
  const known = new Set(chat.messages.map((message) => message.key));
  for (const [key, node] of nodes) {
    if (known.has(key)) continue;
    node.remove();
    nodes.delete(key);
  }
  chat.messages.forEach((message) => changed.add(message));
  drawSoon();
}

function drawTyping() {
  const show = chat.expecting && !writing();
  if (show && !typing.firstChild) typing.append(el("div", { class: "bubble" }, dots()));
  typing.hidden = !show;
}

function drawOffer() {
  offer.hidden = chat.status !== "bot" || chat.reason !== "rated_low";
  if (!offer.hidden) offer.replaceChildren(el("div", { class: "bubble" }, t("rated_low")), personButton("offer", "rated_low"));
}

let introDrawn = "";

function drawIntro() {
  const notice = (chat.assistant && chat.assistant.notice) || config.notice || t("notice");
  const greeting = config.greeting || t("greeting");
  const hasMessages = chat.messages.length > 0;
  const suggestions = hasMessages ? [] : (PAGE.suggestions || config.suggestions || []).slice(0, 5);
  const now = JSON.stringify([notice, greeting, suggestions, locale]);
  if (now === introDrawn) return;
  introDrawn = now;
  const pills = suggestions.map((text) => el("button", { type: "button", dir: "auto", onclick: () => say(String(text)) }, String(text)));
  intro.replaceChildren(
    el("p", { class: "notice" }, icon("spark"), el("span", { dir: "auto" }, notice)),
    el("div", { class: "message assistant" }, el("div", { class: "bubble", dir: "auto" }, greeting)),
  );
  if (pills.length) intro.append(el("div", { class: "suggestions", role: "group", "aria-label": t("suggestions") }, ...pills));
}

function speak(message) {
  const text = document.createDocumentFragment();
  text.append(markdown(message.text, markdownContext(message)));
  const by = message.role === "person" ? message.name || t("person_fallback") : t("assistant");
  spoken.append(el("p", {}, by + ": " + text.textContent));
  while (spoken.children.length > 3) spoken.firstChild.remove();
}
