// What the visitor, or the page, can do.

function say(text, attachments = []) {
  const said = text.trim();
  if (PAGE.preview || (!said && !attachments.length)) return;
  if (chat.status === "resolved") chat.status = "bot"; // it begins anew
  add(pending(addToOutbox(said, attachments)));
  show.status();
  expect(true);
  socket.open();
  followStored();
  sendOutbox();
}

// Another tab began, or began anew, a conversation for this visitor: follow it here too.
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
  const gone = message.role === "customer" && message.state === "failed" ? message : null;
  if (gone) chat.messages.splice(index, 1);
  show.all();
  say(question.text, gone ? gone.attachments : []);
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
  chat.wantsPerson = socket.send({ type: "conversation.handoff", reason }) ? null : reason; // else when the line is back
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

// Another person: nothing of the one before may be seen or sent. The same person again: nothing to do.
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

// A close that will not mend by itself. True: with what was changed here, try again.
function refused(code) {
  if (code === CLOSED.IDENTITY) return beginAnew();
  if (code === CLOSED.GONE && socket.state() === "ready") return true; // a file or a message is, not the conversation
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
    askWhetherRefused(); // the error itself was told before the close
    return false;
  }
  tell("error", { code: "closed_" + code, message: t("unavailable") });
  return false;
}

function beginAnew() {
  identityRefusals += 1;
  store({ session: null, conversation: null, who: null });
  chat.epoch = null;
  if (identityRefusals === 2) {
    chat.identity = null; // the page's signature is wrong or too old: go on as a visitor without a name
    tell("error", { code: "identity_invalid", message: t("unavailable") });
  }
  if (identityRefusals > 2) show.stopped("unavailable");
  return identityRefusals <= 2;
}
