// Files as they are seen: chips above the composer, and chips or small pictures in a message.

const PICTURE_PX = 220;
const pictures = new Map(); // id -> canvas, or a promise of one

const trayList = el("ul", { class: "tray", hidden: true });
const fileInput = el("input", { type: "file", multiple: true, hidden: true, onchange: filesChosen });
const attacher = el("button", { type: "button", class: "icon attach", onclick: () => fileInput.click() }, icon("clip"));

function filesChosen() {
  addFiles(fileInput.files);
  fileInput.value = "";
}

function filesPasted(event) {
  const { files } = event.clipboardData;
  if (!files.length || !mayAttach()) return;
  event.preventDefault();
  addFiles(files);
}

function filesOver(event) {
  if (!mayAttach() || !event.dataTransfer.types.includes("Files")) return;
  event.preventDefault();
  panel.dataset.drop = event.type === "dragover" ? "true" : "false";
}

function filesDropped(event) {
  filesOver(event);
  if (mayAttach()) addFiles(event.dataTransfer.files);
}

function showTray() {
  trayList.hidden = !tray.length;
  trayList.replaceChildren(...tray.map(trayEntry));
  showComposerState();
}

function trayEntry(entry) {
  const progress = el("progress", { max: "1", value: String(entry.progress), "aria-label": t("file_progress") });
  const below = entry.error ? el("span", { class: "remark", role: "alert" }, entry.error) : entry.id ? null : progress;
  const words = el("span", { class: "names" }, el("span", { dir: "auto" }, entry.name), below);
  const remove = button(t("file_remove", { name: entry.name }), { class: "icon", onclick: () => takeOut(entry) }, icon("close"));
  return el("li", { class: entry.error ? "file wrong" : "file" }, icon("file"), words, remove);
}

function keepPicture(id, content_type, blob) {
  if (!/^image\//.test(content_type)) return null;
  const picture = drawn(blob, PICTURE_PX, PICTURE_PX).then((canvas) => {
    pictures.set(id, canvas);
    return canvas;
  });
  pictures.set(id, picture);
  return picture;
}

function contentOf(attachment) {
  return callServer("/attachments/" + attachment.id + "/content/").then((answer) => answer.blob());
}

function save(attachment) {
  contentOf(attachment).then((blob) => {
    const url = URL.createObjectURL(blob);
    el("a", { href: url, download: attachment.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }, () => tell("error", { code: "attachment", message: t("file_failed") }));
}

function fileChip(attachment) {
  const label = t("file_save", { name: attachment.name });
  const chip = button(label, { class: "file", onclick: () => save(attachment) }, icon("file"), el("span", { dir: "auto" }, attachment.name));
  if (/^image\//.test(attachment.content_type)) showPicture(attachment, chip);
  return chip;
}

function showPicture(attachment, chip) {
  const known = pictures.get(attachment.id);
  const put = (canvas) => {
    chip.className = "picture";
    chip.replaceChildren(canvas);
  };
  if (known instanceof HTMLCanvasElement) return put(known);
  const picture = known || contentOf(attachment).then((blob) => keepPicture(attachment.id, attachment.content_type, blob));
  pictures.set(attachment.id, picture);
  return picture.then(put, () => pictures.delete(attachment.id)); // it stays a chip
}

function filesOf(message) {
  const files = message.attachments || [];
  return files.length ? el("div", { class: "files" }, ...files.map(fileChip)) : null;
}
