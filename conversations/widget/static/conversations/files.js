// Files for the next message: uploaded in the background and sent with the text.

const tray = []; // {file, name, size_bytes, content_type, picture, progress: 0 to 1, conversation, id once uploaded, error, mayRetry, isCut, request}
const FILES_MOST = 10;
const UPLOADS_AT_ONCE = 3;
const LOOKED_AT = ["image", "video", "audio", "font"]; // other kinds are only checked by the server
const KIND_NAMES = { "text/plain": "TXT", "application/vnd.openxmlformats-officedocument.wordprocessingml.document": "DOCX" };

function fileLimits() {
  return { max_bytes: 10000000, most: FILES_MOST, types: [], ...config.attachments };
}

function mayAttach() {
  return themed("attachments", true) !== false;
}

function megabytes(bytes) {
  return (bytes / 1000000).toLocaleString(locale, { maximumFractionDigits: 1 });
}

function sizeWords(bytes) {
  const [unit, size] = bytes < 1000000 ? ["kilobyte", Math.max(1, bytes / 1000)] : ["megabyte", bytes / 1000000];
  return size.toLocaleString(locale, { style: "unit", unit, maximumFractionDigits: unit === "megabyte" ? 1 : 0 });
}

function endingOf(name) {
  const found = /\.([a-z0-9]{1,5})$/i.exec(name);
  return found ? found[1].toLowerCase() : "";
}

// Returns the accepted types as text: "JPEG, PNG, or PDF".
function kindsAccepted() {
  const kinds = fileLimits().types.map((type) => KIND_NAMES[type] || type.split(/[./]/).pop().toUpperCase());
  return new Intl.ListFormat(locale, { type: "disjunction" }).format(new Set(kinds));
}

function isRefused(file) {
  const { types } = fileLimits();
  if (!types.length || !LOOKED_AT.includes(file.type.split("/")[0])) return false;
  const type = file.type.replace(/^image\/hei[cf].*/, "image/heic"); // one format, with many names
  return !types.includes(type) && !types.includes("." + endingOf(file.name));
}

// Returns why a file cannot be uploaded, or null.
function reasonAgainst(file) {
  const { max_bytes } = fileLimits();
  if (file.size > max_bytes) return t("file_too_large", { megabytes: megabytes(max_bytes) });
  if (isRefused(file)) return t("file_type", { types: kindsAccepted() });
  return file.size ? null : t("file_unreadable");
}

const REASONS = {
  attachment_too_large: "file_too_large",
  attachment_type_refused: "file_type",
  attachment_unreadable: "file_unreadable",
  attachments_full: "files_full",
  busy: "file_busy",
  rate_limited: "file_busy",
};

function reasonOf(status, { code, message, details = {} }) {
  if (!status) return t("file_cut");
  if (details.max_pixels) return t("file_pixels", { megapixels: megabytes(details.max_pixels) });
  const values = { megabytes: megabytes(fileLimits().max_bytes), types: kindsAccepted() };
  return REASONS[code] ? t(REASONS[code], values) : message || t("file_failed");
}

let drawing = Promise.resolve(); // one at a time, because decoding a photo takes 50 MB

function entryOf(file) {
  const entry = { file, name: file.name || t("file"), size_bytes: file.size, content_type: file.type, progress: 0, error: reasonAgainst(file) };
  if (!entry.error && isPicture(entry)) {
    entry.picture = drawing.then(() => thumbnail(file));
    drawing = entry.picture.catch(() => {});
  }
  return entry;
}

function addFiles(files) {
  const { most } = fileLimits();
  const room = Math.max(0, most - tray.filter((entry) => !entry.error || entry.mayRetry).length);
  tray.push(...Array.from(files).slice(0, room).map(entryOf));
  showTray(files.length > room ? t("files_most", { most }) : "");
  socket.open(); // uploads need a conversation
  uploadWaiting();
}

function uploadWaiting() {
  if (socket.state() !== "ready") return;
  const isGone = (entry) => entry.id && entry.conversation !== chat.conversation; // uploaded to an earlier conversation
  tray.filter(isGone).forEach((entry) => Object.assign(entry, { id: null, progress: 0 }));
  const room = UPLOADS_AT_ONCE - tray.filter((entry) => entry.request).length;
  const waiting = tray.filter((entry) => !entry.id && !entry.error && !entry.request);
  waiting.slice(0, Math.max(0, room)).forEach(upload);
}

function uploadAgain(entry) {
  Object.assign(entry, { error: null, mayRetry: false, isCut: false, progress: 0 });
  showEntry(entry);
  socket.open();
  uploadWaiting();
}

// Retries uploads that were interrupted by a lost connection.
function resumeUploads() {
  tray.filter((entry) => entry.isCut).forEach(uploadAgain);
  uploadWaiting();
}

function upload(entry) {
  const request = new XMLHttpRequest(); // fetch does not report upload progress
  const form = new FormData();
  form.append("conversation", chat.conversation);
  form.append("file", entry.file, entry.name);
  request.open("POST", HOST + "/api/v1/attachments/");
  request.setRequestHeader("Authorization", "Bearer " + stored().session);
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) entry.progress = event.loaded / event.total;
    showProgress(entry);
  };
  request.onloadend = () => uploaded(entry, request);
  Object.assign(entry, { request, conversation: chat.conversation });
  request.send(form);
}

function uploaded(entry, request) {
  entry.request = null;
  if (!tray.includes(entry)) return;
  const answer = readJson(request.responseText);
  if (request.status === 201) kept(entry, answer);
  else if (entry.conversation === chat.conversation) failed(entry, request.status, answer.error || {});
  showEntry(entry);
  uploadWaiting();
}

function kept(entry, { id, name, content_type, size_bytes }) {
  Object.assign(entry, { id, name, content_type, size_bytes, progress: 1 });
  if (entry.picture) pictures.set(id, entry.picture);
  announceStatus(t("file_ready", { name }));
}

function failed(entry, status, error) {
  const mayRetry = !status || status === 429 || status >= 500;
  Object.assign(entry, { error: reasonOf(status, error), mayRetry, isCut: !status });
}

function readJson(text) {
  try {
    return JSON.parse(text);
  } catch {
    return {};
  }
}

function takeOut(entry) {
  tray.splice(tray.indexOf(entry), 1);
  if (entry.request) entry.request.abort();
  if (entry.id) callServer("/attachments/" + entry.id + "/", { method: "DELETE" }).catch(() => {}); // or the server deletes it after a day
  announceStatus(t("file_removed", { name: entry.name }));
  showTray();
  uploadWaiting();
}

function uploading() {
  return tray.some((entry) => !entry.id && !entry.error);
}

// Removes and returns the uploaded files. Files whose upload can be retried stay.
function takeTray() {
  const taken = tray.filter((entry) => entry.id).map(({ id, name, content_type, size_bytes }) => ({ id, name, content_type, size_bytes }));
  tray.splice(0, tray.length, ...tray.filter((entry) => entry.mayRetry));
  showTray();
  return taken;
}

function emptyTray() {
  tray.splice(0).forEach((entry) => entry.request && entry.request.abort());
  showTray();
}

function callServer(path, options = {}) {
  const headers = { Authorization: "Bearer " + stored().session };
  return fetch(HOST + "/api/v1" + path, { credentials: "omit", headers, ...options }).then((answer) => {
    if (!answer.ok) throw new Error("HTTP " + answer.status);
    return answer;
  });
}
