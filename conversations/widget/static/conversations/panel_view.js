// The panel around the messages: header, status line, composer; opening, closing and keyboard handling.

const MESSAGE_MAX_CHARS = 4000;

const host = el("div", { id: "brevity-widget" });
const shadow = host.attachShadow({ mode: "open" });
const root = el("div", { class: "root" });
const launcher = el("button", { type: "button", class: "launcher", onclick: () => toggle() });
const badge = el("span", { class: "badge", hidden: true });
const dropping = { ondragover: filesOver, ondragleave: filesOver, ondrop: filesDropped };
const panel = el("section", { class: "panel", role: "dialog", hidden: true, onkeydown: keyInPanel, ...dropping });
const title = el("h2");
const subtitle = el("p", { class: "kind" });
const closer = el("button", { type: "button", class: "icon", onclick: () => close() }, icon("close"));
const statusLine = el("p", { class: "status", role: "status", hidden: true });
const input = el("textarea", { rows: "1", maxlength: MESSAGE_MAX_CHARS, dir: "auto", onkeydown: keyInComposer, oninput: composed, onpaste: filesPasted });
const sender = el("button", { class: "icon send" }, icon("send"));
const stopper = el("button", { type: "button", class: "icon stop", hidden: true, onclick: stopReply }, icon("stop"));
const composer = el("form", { class: "composer", onsubmit: submit }, attacher, fileInput, input, stopper, sender);
const footer = el("footer");

let isOpen = false;
let stoppedBy = null; // why the socket does not reconnect

function build() {
  const words = el("div", { class: "names" }, title, subtitle);
  const head = el("header", {}, emblem, words, historyButton, closer);
  panel.append(head, statusLine, log, earlier, spoken, aside, trayBox, composer, footer, dropZone);
  root.append(panel, launcher);
  applyStyle();
  shadow.append(root);
  root.dataset.inline = String(Boolean(PAGE.container));
  stayOnPage();
  matchMedia("(prefers-color-scheme: dark)").addEventListener("change", applyTheme);
  applyWords();
  applyTheme();
}

// Turbo, PJAX and similar libraries replace the body or its content; the widget then moves to the new one.
function stayOnPage() {
  const place = () => (PAGE.container ? document.querySelector(PAGE.container) : document.body);
  const inBody = new MutationObserver(attach);
  function attach() {
    if (isRemoved || host.isConnected) return;
    const parent = place() || document.body;
    if (!parent) return;
    parent.append(host);
    inBody.disconnect();
    inBody.observe(document.body, { childList: true, subtree: Boolean(PAGE.container) });
  }
  new MutationObserver(attach).observe(document.documentElement, { childList: true });
  attach();
}

// Constructed style sheets work under the strictest content security policy, because they need no inline style.
function applyStyle() {
  const sheet = new CSSStyleSheet();
  sheet.replaceSync(STYLE);
  shadow.adoptedStyleSheets = [sheet];
}

function applyTheme() {
  const wish = themed("dark", "auto");
  const dark = wish === true || wish === "dark" || (wish !== false && wish !== "light" && matchMedia("(prefers-color-scheme: dark)").matches);
  root.dataset.theme = dark ? "dark" : "light";
  root.dataset.position = themed("position", "right");
  root.dataset.bubble = PAGE.hideBubble ? "hidden" : "shown";
  paint(root, themed("accent", ""), dark);
}

function label(node, words) {
  node.setAttribute("aria-label", words);
  node.title = words;
}

function applyWords() {
  const name = (chat.assistant && chat.assistant.name) || config.name || t("assistant");
  root.dir = direction();
  root.lang = locale;
  title.textContent = name;
  subtitle.textContent = t("is_ai");
  panel.setAttribute("aria-label", t("dialog", { name }));
  input.maxLength = config.message_max_chars || MESSAGE_MAX_CHARS;
  input.placeholder = t("placeholder");
  input.setAttribute("aria-label", t("placeholder"));
  label(closer, t("close"));
  label(sender, t("send"));
  label(stopper, t("stop"));
  label(attacher, t("attach"));
  attacher.hidden = !mayAttach();
  fileInput.accept = fileLimits().types.join(",");
  fileInput.setAttribute("aria-label", t("attach"));
  footer.replaceChildren(personButton("link person", "asked"));
  dropZone.lastChild.textContent = t("drop");
  renameTray();
  showLogo();
  showHistoryButton();
  showBadge();
  showStatus();
  drawAll();
}

function statusWords() {
  if (stoppedBy) return t(stoppedBy);
  if (navigator.onLine === false) return t("offline");
  if (socket.state() === "lost") return t("lost");
  return chat.status === "bot" ? "" : t("status_" + chat.status);
}

function showStatus() {
  const words = statusWords();
  if (statusLine.textContent !== words) statusLine.textContent = words;
  statusLine.hidden = !words;
  statusLine.dataset.kind = socket.state() === "ready" && !stoppedBy ? chat.status : "trouble";
  footer.hidden = ["waiting", "human"].includes(chat.status);
}

function showComposerState() {
  const busy = Boolean(writing());
  const something = Boolean(input.value.trim()) || tray.some((entry) => entry.id);
  stopper.hidden = !busy || something;
  sender.hidden = !stopper.hidden;
  sender.disabled = !something || uploading();
}

function showBadge() {
  label(launcher, chat.unread ? t("open_unread", { count: chat.unread }) : t(isOpen ? "close" : "open"));
  launcher.setAttribute("aria-expanded", String(isOpen));
  launcher.replaceChildren(icon(isOpen ? "close" : "chat"), badge);
  badge.textContent = chat.unread > 9 ? "9+" : String(chat.unread);
  badge.hidden = !chat.unread;
}

function composed() {
  input.style.height = "auto";
  input.style.height = Math.min(input.scrollHeight, 140) + "px";
  showComposerState();
}

function submit(event) {
  event.preventDefault();
  showComposerState();
  if (uploading()) announceStatus(t("file_wait"));
  if (sender.disabled) return;
  stoppedBy = stoppedBy === "replaced" ? null : stoppedBy;
  say(input.value, takeTray());
  input.value = "";
  composed();
  log.scrollTop = log.scrollHeight;
  input.focus();
}

function keyInComposer(event) {
  const composing = event.isComposing || event.keyCode === 229; // Safari ends the composition before this event
  if (event.key !== "Enter" || event.shiftKey || composing) return;
  submit(event);
}

function focusable() {
  return [...panel.querySelectorAll("a[href], button, input, textarea, [tabindex='0']")].filter(
    (node) => !node.disabled && node.offsetParent !== null,
  );
}

function keyInPanel(event) {
  if (event.key === "Escape") {
    event.stopPropagation();
    close();
  }
  if (event.key !== "Tab") return;
  const stops = focusable();
  const [first, last] = [stops[0], stops[stops.length - 1]];
  const leaving = shadow.activeElement === (event.shiftKey ? first : last);
  if (!leaving) return;
  event.preventDefault();
  (event.shiftKey ? last : first).focus();
}

function open() {
  if (isOpen) return;
  isOpen = true;
  chat.unread = 0;
  panel.hidden = false;
  root.dataset.open = "true";
  socket.open();
  showLogo();
  showBadge();
  drawAll();
  drawChanged();
  log.scrollTop = log.scrollHeight;
  if (!PAGE.preview) input.focus({ preventScroll: true });
  emit("opened");
}

function close() {
  if (!isOpen) return;
  isOpen = false;
  panel.hidden = true;
  root.dataset.open = "false";
  showBadge();
  launcher.focus({ preventScroll: true });
  if (!keeping) socket.close(); // no message yet, so no answer to wait for
  emit("closed");
}

function toggle() {
  if (isOpen) close();
  else open();
}
