// Messages that the server has not acknowledged, in order. They survive a reload of the page, and keep their
// client_ref, so that a message sent twice is stored once.

let inFlight = null; // one at a time, to keep the order
const ours = new Set(); // other open tabs send their own

function outbox() {
  return stored().outbox || [];
}

function adoptOutbox() {
  for (const entry of outbox()) ours.add(entry.client_ref);
}

function addToOutbox(text, attachments) {
  startKeeping();
  const entry = { client_ref: newRef(), text, attachments };
  ours.add(entry.client_ref);
  store({ outbox: [...outbox(), entry] });
  return entry;
}

function newRef() {
  if (crypto.randomUUID) return crypto.randomUUID();
  const bytes = crypto.getRandomValues(new Uint8Array(16)); // pages without TLS have no randomUUID
  bytes[6] = (bytes[6] & 15) | 64;
  bytes[8] = (bytes[8] & 63) | 128;
  const hex = Array.from(bytes, (byte) => byte.toString(16).padStart(2, "0")).join("");
  return hex.replace(/^(.{8})(.{4})(.{4})(.{4})/, "$1-$2-$3-$4-");
}

function takeFromOutbox(client_ref) {
  const found = outbox().some((entry) => entry.client_ref === client_ref);
  if (found) store({ outbox: outbox().filter((entry) => entry.client_ref !== client_ref) });
  if (inFlight === client_ref) inFlight = null;
  return found;
}

function sendOutbox() {
  const first = outbox().find((entry) => ours.has(entry.client_ref));
  if (!first || inFlight === first.client_ref) return;
  const { client_ref, text } = first;
  const attachments = (first.attachments || []).map(({ id }) => id);
  if (socket.send({ type: "message.send", client_ref, text, attachments })) inFlight = client_ref;
}
