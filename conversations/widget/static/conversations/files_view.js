// Files in a message: a chip to download each, or a thumbnail that opens in a viewer.

const PICTURE_PX = 220;
const pictures = new Map(); // id -> canvas, or a promise of one

function isPicture({ content_type }) {
  return /^image\//.test(content_type);
}

function thumbnail(blob) {
  const side = PICTURE_PX * Math.min(2, devicePixelRatio);
  return drawn(blob, side, side);
}

function contentOf(attachment) {
  return callServer("/attachments/" + attachment.id + "/content/").then((answer) => answer.blob());
}

function save(attachment) {
  contentOf(attachment).then((blob) => {
    const url = URL.createObjectURL(blob);
    el("a", { href: url, download: attachment.name }).click();
    setTimeout(() => URL.revokeObjectURL(url), 10000);
  }, () => emit("error", { code: "attachment", message: t("file_failed") }));
}

function fileChip(attachment) {
  const label = t("file_save", { name: attachment.name });
  const chip = button(label, { class: "file", onclick: () => save(attachment) }, icon("file"), el("span", { dir: "auto" }, attachment.name));
  return isPicture(attachment) ? pictureOr(chip, attachment) : chip;
}

// Returns the chip until the picture is loaded; it stays if the picture cannot be drawn.
function pictureOr(chip, attachment) {
  const shown = button(t("file_open", { name: attachment.name }), { class: "picture", "aria-haspopup": "dialog", onclick: () => enlarge(attachment) });
  const cached = pictures.get(attachment.id);
  if (cached instanceof HTMLCanvasElement) {
    shown.append(cached);
    return shown;
  }
  const fetched = () => contentOf(attachment).then(thumbnail);
  const picture = cached ? cached.catch(fetched) : fetched(); // the server converts photos that this browser cannot draw
  pictures.set(attachment.id, picture);
  const place = (canvas) => {
    pictures.set(attachment.id, canvas);
    shown.append(canvas);
    keepingToTheEnd(() => chip.replaceWith(shown));
  };
  picture.then(place, () => pictures.delete(attachment.id));
  return chip;
}

// Reuses the nodes when the message is redrawn, so that focus is kept.
function filesOf(message) {
  const files = message.attachments || [];
  const drawnAs = [locale, ...files.map(({ id }) => id)].join();
  if (message.filesDrawnAs !== drawnAs) {
    message.filesNode = files.length ? el("div", { class: "files" }, ...files.map(fileChip)) : null;
    message.filesDrawnAs = drawnAs;
  }
  return message.filesNode;
}

let viewer = null;

// Opens a modal dialog: the browser traps focus in it, closes it on Escape and restores focus.
function enlarge(attachment) {
  const stage = el("div", { class: "stage", onclick: closeViewer }, dots());
  const save_button = button(t("file_save", { name: attachment.name }), { class: "icon", onclick: () => save(attachment) }, icon("save"));
  const close_button = button(t("file_close"), { class: "icon", onclick: closeViewer }, icon("close"));
  const head = el("div", { class: "head" }, el("span", { dir: "auto" }, attachment.name), save_button, close_button);
  viewer = el("dialog", { class: "viewer", "aria-label": attachment.name, onclose: closeViewer, onkeydown: (event) => event.stopPropagation() }, head, stage);
  root.append(viewer);
  viewer.showModal();
  close_button.focus();
  contentOf(attachment).then((blob) => drawn(blob, innerWidth * devicePixelRatio, innerHeight * devicePixelRatio)).then(
    (canvas) => {
      put(canvas, "role", "img");
      put(canvas, "aria-label", attachment.name);
      stage.replaceChildren(canvas);
    },
    () => stage.replaceChildren(remark(t("file_failed"))),
  );
}

function closeViewer() {
  if (!viewer) return;
  const old = viewer;
  viewer = null;
  old.close();
  old.remove();
  if (!shadow.activeElement) input.focus({ preventScroll: true }); // the message was redrawn
}
