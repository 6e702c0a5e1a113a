// The files above the composer, and adding them: chosen, pasted or dropped.

const trayList = el("ul");
const trayNote = el("p", { class: "remark", role: "alert" });
const trayBox = el("div", { class: "tray", hidden: true }, trayList);
const dropZone = el("div", { class: "dropzone", "aria-hidden": "true" }, icon("clip"), el("span"));
const aside = el("div", { class: "aside", role: "status" });
const fileInput = el("input", { type: "file", multiple: true, hidden: true, onchange: filesChosen });
const attacher = el("button", { type: "button", class: "icon attach", onclick: () => fileInput.click() }, icon("clip"));

function announceStatus(words) {
  aside.textContent = words;
}

function filesChosen() {
  addFiles(fileInput.files);
  fileInput.value = "";
}

// Office programs copy text together with a picture of it; then the text is pasted.
function filesPasted(event) {
  const { files, types } = event.clipboardData;
  const isText = ["text/plain", "text/html"].every((type) => types.includes(type));
  if (!files.length || isText || !mayAttach()) return;
  event.preventDefault();
  addFiles(files);
}

function filesOver(event) {
  if (!event.dataTransfer.types.includes("Files")) return;
  event.preventDefault(); // or the browser opens the file instead of the page
  const isIn = event.type === "dragover" || (event.type === "dragleave" && panel.contains(event.relatedTarget));
  panel.dataset.drop = String(isIn && mayDrop());
}

function mayDrop() {
  return mayAttach() && earlier.hidden;
}

function filesDropped(event) {
  filesOver(event);
  const { files } = event.dataTransfer;
  if (!files.length || !mayDrop()) return;
  addFiles(files);
  input.focus({ preventScroll: true });
}

// `note` names files that were not added; it disappears with the next change.
function showTray(note = "") {
  for (const entry of tray) if (!entry.view) showEntry(entry);
  const isGone = [...trayList.children].filter((node) => !tray.some((entry) => entry.view.node === node));
  const next = isGone.some((node) => node.contains(shadow.activeElement)) && nextStop(isGone[0]);
  isGone.forEach((node) => node.remove());
  tray.forEach((entry) => trayList.contains(entry.view.node) || trayList.append(entry.view.node));
  trayNote.textContent = note;
  if (note) trayBox.prepend(trayNote);
  else trayNote.remove();
  trayBox.hidden = !tray.length && !note;
  if (next) next.focus({ preventScroll: true });
  showComposerState();
}

// Returns the element to focus after an entry is removed.
function nextStop(node) {
  const other = node.nextElementSibling || node.previousElementSibling;
  return other ? other.lastElementChild : input;
}

function viewOf(entry) {
  const { name, picture } = entry;
  const face = el("span", { class: "preview" }, icon("file"));
  const words = el("span", { class: "names" });
  const bar = el("progress", { max: "1", "aria-label": t("file_progress", { name }) });
  const again = button(t("file_retry", { name }), { class: "link", onclick: () => uploadAgain(entry) }, t("retry"));
  const remove = button(t("file_remove", { name }), { class: "icon", onclick: () => takeOut(entry) }, icon("close"));
  const node = el("li", {}, face, words, again, remove);
  if (picture) picture.then((canvas) => face.replaceChildren(canvas), () => {});
  return { node, words, bar, again, remove };
}

function showEntry(entry) {
  entry.view = entry.view || viewOf(entry);
  const { node, words, bar, again, remove } = entry.view;
  const kind = [endingOf(entry.name).toUpperCase(), sizeWords(entry.size_bytes)].filter(Boolean).join(" · ");
  const below = entry.error ? el("span", { class: "remark", role: "alert" }, entry.error) : el("span", { class: "remark" }, kind);
  node.className = entry.error ? "file wrong" : "file";
  words.replaceChildren(el("span", { dir: "auto" }, entry.name), below, ...(entry.id || entry.error ? [] : [bar]));
  if (shadow.activeElement === again && !entry.mayRetry) remove.focus({ preventScroll: true });
  again.hidden = !entry.mayRetry;
  showProgress(entry);
  showComposerState();
}

function showProgress(entry) {
  entry.view.bar.value = entry.progress;
}

// Redraws the tray in another language.
function renameTray() {
  trayList.replaceChildren();
  for (const entry of tray) entry.view = null;
  showTray();
}
