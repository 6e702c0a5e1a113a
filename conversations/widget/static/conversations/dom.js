// Creates elements with text nodes. Nothing here parses HTML.

const SVG = "http://www.w3.org/2000/svg";

const ICONS = {
  chat: "M12 3c5 0 9 3.4 9 7.7s-4 7.7-9 7.7c-1 0-2-.1-2.9-.4L4.5 20.5l.9-3.9C3.9 15.2 3 13 3 10.7 3 6.4 7 3 12 3z",
  close: "M6 6l12 12M18 6L6 18",
  send: "M5 12h14M13 6l6 6-6 6",
  stop: "M8 8h8v8H8z",
  like: "M7 11v9H4v-9zM7 11l4-7c1.5 0 2.5 1 2.2 2.6L12.7 10H18c1.3 0 2.2 1.2 1.9 2.4l-1.5 6c-.2.9-1 1.6-2 1.6H7",
  dislike: "M17 13V4h3v9zM17 13l-4 7c-1.5 0-2.5-1-2.2-2.6l.5-3.4H6c-1.3 0-2.2-1.2-1.9-2.4l1.5-6c.2-.9 1-1.6 2-1.6H17",
  person: "M12 12a4 4 0 1 0 0-8 4 4 0 0 0 0 8zM5 20c.6-3.5 3.4-5.5 7-5.5s6.4 2 7 5.5",
  clip: "M19 11l-7.2 7.2a4.6 4.6 0 0 1-6.5-6.5l7.7-7.7a3 3 0 0 1 4.3 4.3L9.6 16a1.4 1.4 0 0 1-2-2l6.8-6.8",
  file: "M7 3h7l4 4v14H7zM14 3v4h4",
  save: "M12 4v11M7 10l5 5 5-5M5 20h14",
  clock: "M12 21a9 9 0 1 0-9-9M12 7v5l3 2M3 8v4h4",
  back: "M14 6l-6 6 6 6",
  spark: "M12 4l1.8 5.2L19 11l-5.2 1.8L12 18l-1.8-5.2L5 11l5.2-1.8z",
};

function put(node, name, value) {
  if (value === undefined || value === null || value === false) return;
  if (name.startsWith("on")) node.addEventListener(name.slice(2), value);
  else node.setAttribute(name, value === true ? "" : value);
}

function el(tag, attributes = {}, ...children) {
  const node = document.createElement(tag);
  for (const [name, value] of Object.entries(attributes)) put(node, name, value);
  node.append(...children.filter((child) => child !== null && child !== undefined));
  return node;
}

function icon(name) {
  const svg = document.createElementNS(SVG, "svg");
  svg.setAttribute("viewBox", "0 0 24 24");
  svg.setAttribute("aria-hidden", "true");
  const path = document.createElementNS(SVG, "path");
  path.setAttribute("d", ICONS[name]);
  svg.append(path);
  return svg;
}

// Draws pictures on a canvas, so that the page's content security policy need not allow images from our host.
async function drawn(blob, width, height) {
  const bitmap = await createImageBitmap(blob);
  const scale = Math.min(1, width / bitmap.width, height / bitmap.height);
  const canvas = el("canvas", { width: Math.max(1, Math.round(bitmap.width * scale)), height: Math.max(1, Math.round(bitmap.height * scale)) });
  canvas.getContext("2d").drawImage(bitmap, 0, 0, canvas.width, canvas.height);
  bitmap.close();
  return canvas;
}

function button(label, attributes, ...children) {
  return el("button", { type: "button", "aria-label": label, title: label, ...attributes }, ...children);
}
