// Files that go with the next message: chosen, uploaded while the visitor writes on, sent with what was written.

const tray = []; // {file, name, size_bytes, progress: 0 to 1, id and content_type once uploaded, error, request}
const FILES_MOST = 10;

function fileLimits() {
  return { max_bytes: 10000000, most: FILES_MOST, types: [], ...config.attachments };
}

function mayAttach() {
  return themed("attachments", true) !== false;
}

function megabytes(bytes) {
  return (bytes / 1000000).toLocaleString(locale, { maximumFractionDigits: 1 });
}

function addFiles(files) {
  if (!mayAttach()) return;
  const { max_bytes, most } = fileLimits();
  for (const file of files) {
    if (tray.length >= most) break;
    const entry = { file, name: file.name || "file", size_bytes: file.size, progress: 0 };
    if (file.size > max_bytes) entry.error = t("file_too_large", { megabytes: megabytes(max_bytes) });
    tray.push(entry);
  }
  socket.open(); // the files are kept for a conversation
  uploadWaiting();
  showTray();
}

function uploadWaiting() {
  if (socket.state() !== "ready") return;
  for (const entry of tray) if (!entry.id && !entry.error && !entry.request) upload(entry);
}

function upload(entry) {
  const request = new XMLHttpRequest(); // fetch tells nothing of an upload's progress
  const form = new FormData();
  form.append("conversation", chat.conversation);
  form.append("file", entry.file, entry.name);
  request.open("POST", HOST + "/api/v1/attachments/");
  request.setRequestHeader("Authorization", "Bearer " + stored().session);
  request.upload.onprogress = (event) => {
    if (event.lengthComputable) entry.progress = event.loaded / event.total;
    showTray();
  };
  request.onloadend = () => uploaded(entry, request);
  entry.request = request;
  request.send(form);
}

function uploaded(entry, request) {
  entry.request = null;
  if (!tray.includes(entry)) return;
  const answer = readJson(request.responseText);
  if (request.status === 201) {
    Object.assign(entry, answer, { progress: 1 });
    keepPicture(entry.id, entry.content_type, entry.file);
  } else {
    entry.error = (answer.error && answer.error.message) || t("file_failed");
  }
  showTray();
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
  if (entry.id) callServer("/attachments/" + entry.id + "/", { method: "DELETE" }).catch(() => {}); // else a day later
  showTray();
}

function uploading() {
  return tray.some((entry) => !entry.id && !entry.error);
}

// What goes with the message; the tray is empty then.
function takeTray() {
  const sent = tray.filter((entry) => entry.id).map(({ id, name, content_type, size_bytes }) => ({ id, name, content_type, size_bytes }));
  tray.length = 0;
  showTray();
  return sent;
}

function callServer(path, options = {}) {
  const headers = { Authorization: "Bearer " + stored().session };
  return fetch(HOST + "/api/v1" + path, { credentials: "omit", headers, ...options }).then((answer) => {
    if (!answer.ok) throw new Error("HTTP " + answer.status);
    return answer;
  });
}
