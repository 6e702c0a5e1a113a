// Actions of the visitor and of the page.

function say(text, attachments = []) {
  const trimmed = text.trim();
  if (PAGE.preview || (!trimmed && !attachments.length)) return;
  if (chat.status === "resolved") chat.status = "bot"; // a new conversation starts
  add(pending(addToOutbox(trimmed, attachments)));
  show.status();
  expect(true);
  socket.open();
  followStored();
  sendOutbox();
}

// If another tab has started a conversation for this visitor, follow it here too.
function followStored() {
  const { conversation } = stored();
  if (socket.state() !== "ready" || !conversation || conversation === chat.conversation) return;
  chat.epoch = null;
  socket.again();
}

function sayAgain(message) {
  const index = chat.messages.indexOf(message);
  const before = chat.messages.slice(0, index + 1).reverse();
  const question = before.find((other) => other.role === "customer");
  if (!question) return;
  const unsent = message.role === "customer" && message.state === "failed" ? message : null;
  if (unsent) chat.messages.splice(index, 1);
  show.all();
  say(question.text, unsent ? unsent.attachments : []);
}

function writing() {
  return chat.messages.find((message) => ["thinking", "writing"].includes(message.state));
}

function stopReply() {
  const reply = writing();
  if (reply) socket.send({ type: "reply.stop", message_id: reply.id });
}

function rate(message, rating, comment) {
  message.rating = rating;
  chat.ratings[message.id] = { rating, ...(comment ? { comment } : {}) };
  sendRatings();
  show.message(message);
}

function sendRatings() {
  for (const [message_id, given] of Object.entries(chat.ratings)) {
    if (socket.send({ type: "message.rate", message_id, ...given })) delete chat.ratings[message_id];
  }
}

function askForPerson(reason) {
  startKeeping();
  chat.wantsPerson = socket.send({ type: "conversation.handoff", reason }) ? null : reason; // else sent on reconnect
}

function identityKey(identity) {
  if (!identity.jwt) return "id:" + identity.external_id;
  try {
    const claims = JSON.parse(atob(identity.jwt.split(".")[1].replace(/-/g, "+").replace(/_/g, "/")));
    return "id:" + (claims.external_id || claims.sub);
  } catch {
    return "jwt:" + identity.jwt;
  }
}

// For another person, delete everything of the previous one. For the same person, do nothing.
function identify(identity) {
  if (!identity || !(identity.jwt || identity.external_id)) throw new TypeError("identify() needs external_id and hash, or jwt");
  const { who } = stored();
  const now = identityKey(identity);
  if (who === now || (chat.identity && identityKey(chat.identity) === now)) return;
  if (who || chat.identity) reset();
  chat.identity = identity;
  if (socket.state() !== "idle") socket.again();
}

function reset() {
  const wasOpen = socket.state() !== "idle";
  socket.close();
  forgetStored();
  Object.assign(chat, { messages: [], status: "bot", conversation: null, epoch: null, seq: 0 });
  Object.assign(chat, { unread: 0, identity: null, expecting: false, verified: false, reason: "", ratings: {} });
  emptyTray();
  closeViewer();
  pictures.clear();
  leaveEarlier();
  inFlight = null;
  ours.clear();
  show.all();
  show.status();
  show.typing();
  if (wasOpen) socket.open();
}

let identityRefusals = 0;

// Handles a close code for which reconnecting alone does not help. Returns true to reconnect after changes made here.
function refused(code) {
  if (code === CLOSED.IDENTITY) return restartSession();
  if (code === CLOSED.GONE && socket.state() === "ready") return true; // a file or message is gone, not the conversation
  if (code === CLOSED.GONE && stored().conversation) {
    store({ conversation: null, session: null });
    chat.epoch = null;
    return true;
  }
  if ([CLOSED.FRAME, CLOSED.TOO_BIG].includes(code) && inFlight) {
    refusedBy({ code: "not_readable", message: t("not_readable"), client_ref: inFlight });
    return true;
  }
  show.stopped(code === CLOSED.REPLACED ? "replaced" : "unavailable");
  if ([CLOSED.ORIGIN, CLOSED.GONE].includes(code)) {
    checkWhetherRefused(); // the server sent the error before closing
    return false;
  }
  emit("error", { code: "closed_" + code, message: t("unavailable") });
  return false;
}

function restartSession() {
  identityRefusals += 1;
  store({ session: null, conversation: null, who: null });
  chat.epoch = null;
  if (identityRefusals === 2) {
    chat.identity = null; // the page's signature is invalid or expired: continue anonymously
    emit("error", { code: "identity_invalid", message: t("unavailable") });
  }
  if (identityRefusals > 2) show.stopped("unavailable");
  return identityRefusals <= 2;
}
