// Files in a message: a chip to save each, or a small picture that opens large. All drawn on canvases.

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
  }, () => tell("error", { code: "attachment", message: t("file_failed") }));
}

function fileChip(attachment) {
  const label = t("file_save", { name: attachment.name });
  const chip = button(label, { class: "file", onclick: () => save(attachment) }, icon("file"), el("span", { dir: "auto" }, attachment.name));
  return isPicture(attachment) ? pictureOr(chip, attachment) : chip;
}

// The chip until the picture is there, and for good where it cannot be drawn.
function pictureOr(chip, attachment) {
  const shown = button(t("file_open", { name: attachment.name }), { class: "picture", "aria-haspopup": "dialog", onclick: () => enlarge(attachment) });
  const kept = pictures.get(attachment.id);
  if (kept instanceof HTMLCanvasElement) {
    shown.append(kept);
    return shown;
  }
  const fetched = () => contentOf(attachment).then(thumbnail);
  const picture = kept ? kept.catch(fetched) : fetched(); // the server makes of a photo that this browser cannot draw one that it can
  pictures.set(attachment.id, picture);
  const place = (canvas) => {
    pictures.set(attachment.id, canvas);
    shown.append(canvas);
    keepingToTheEnd(() => chip.replaceWith(shown));
  };
  picture.then(place, () => pictures.delete(attachment.id));
  return chip;
}

// The same nodes each time the message is drawn: what has the focus, or gets it back, stays where it is.
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

// A modal dialog: the browser keeps the keyboard in it, closes it on Escape and gives the focus back.
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
  if (!shadow.activeElement) input.focus({ preventScroll: true }); // the message was drawn again meanwhile
}
