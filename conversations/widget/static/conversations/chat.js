// The state of the conversation, and how each server event changes it.
// The view is updated through `show` and never read.

const TYPING_MOST_MS = 30000;
const GAP_WAIT_MS = 2000;
const SHOWN_ACTIVITIES = ["reading_files"];

const chat = {
  messages: [], // {key, id, client_ref, role, text, state, citations, action, rating, name, error, activity}
  status: "bot",
  conversation: null, // the id that the socket follows
  epoch: null,
  seq: 0, // of the newest event received
  expecting: false, // a message was sent and no reply has started
  assistant: null,
  unread: 0,
  identity: null, // not yet acknowledged by the server
  attributes: null, // set by the page
  wantsPerson: null, // the reason for a handoff requested while offline
  reason: "", // of the status
  verified: false, // the shop signed this visitor's identity
  ratings: {}, // given while offline
};
let show = {};
let typingTimer;
let gapAsked = 0; // the missing number that the last reconnect was for
let gapTimer = null;

function hello() {
  const { session, conversation } = stored();
  const frame = { widget: WIDGET };
  if (wishedLocale) frame.locale = wishedLocale;
  if (chat.attributes) frame.attributes = chat.attributes;
  if (chat.identity) frame.identity = chat.identity;
  else if (session) frame.session = session;
  if (conversation) frame.conversation = conversation;
  if (conversation && chat.epoch) Object.assign(frame, { epoch: chat.epoch, after_seq: chat.seq });
  return frame;
}

function find(id) {
  return chat.messages.find((message) => message.id === id);
}

function findRef(client_ref) {
  return client_ref && chat.messages.find((message) => message.client_ref === client_ref);
}

const STATES = { waiting: "thinking", writing: "writing" };

function fromServer(message) {
  const own = message.role === "customer";
  const state = own ? "sent" : STATES[message.status] || message.status || "done";
  return {
    key: message.client_ref || message.id,
    id: message.id,
    client_ref: message.client_ref,
    role: message.role,
    text: message.text || "",
    state: state === "thinking" && message.text ? "writing" : state,
    citations: message.citations || [],
    attachments: message.attachments || [],
    action: message.action,
    rating: message.rating,
    name: message.author && message.author.name,
  };
}

function pending(entry) {
  const { client_ref, text, attachments } = entry;
  return { key: client_ref, client_ref, role: "customer", text, attachments, state: "waiting" };
}

function add(message) {
  const known = findRef(message.client_ref) || (message.id && find(message.id));
  if (known) {
    Object.assign(known, message, { key: known.key });
    show.message(known);
    return known;
  }
  const firstUnsent = chat.messages.findIndex((other) => other.state === "waiting");
  if (firstUnsent < 0 || message.state === "waiting") chat.messages.push(message);
  else chat.messages.splice(firstUnsent, 0, message);
  show.message(message);
  return message;
}

function replaceAll(messages) {
  const unsent = chat.messages.filter((message) => message.state === "failed" && message.role === "customer");
  chat.messages = messages.filter((message) => message.role !== "note").map(fromServer).concat(unsent);
  for (const message of messages) if (message.client_ref) takeFromOutbox(message.client_ref);
  for (const entry of outbox()) if (!findRef(entry.client_ref)) chat.messages.push(pending(entry));
  show.all();
}

function expect(on) {
  clearTimeout(typingTimer);
  chat.expecting = on && chat.status === "bot";
  if (chat.expecting) typingTimer = setTimeout(() => expect(false), TYPING_MOST_MS);
  show.typing();
}

function noteArrival(message) {
  emit("message", { id: message.id, role: message.role, text: message.text });
  show.announce(message);
}

function ready(event) {
  const { session, conversation } = event;
  if (chat.identity) store({ who: identityKey(chat.identity) });
  chat.identity = null;
  identityRefusals = 0;
  chat.conversation = conversation;
  store({ session, conversation });
  chat.assistant = event.assistant;
  chat.status = event.status || "bot";
  chat.reason = event.reason || "";
  chat.verified = Boolean(event.verified);
  if (event.messages || event.epoch !== chat.epoch) {
    chat.seq = event.seq;
    replaceAll(event.messages || []);
  }
  chat.epoch = event.epoch;
  show.status();
  sendOutbox(); // for a restart on an open socket; a new socket sends once its state is ready
}

function reply(event, changes) {
  const known = find(event.message_id);
  const fresh = { key: event.message_id, id: event.message_id, role: "assistant", text: "", citations: [] };
  return add({ ...(known || fresh), ...changes });
}

// Moves a restarted answer behind the last message that it answers.
function moveBehind(message, question_id) {
  const { messages } = chat;
  const question = messages.indexOf(find(question_id));
  const now = messages.indexOf(message);
  if (question > now) messages.splice(question, 0, ...messages.splice(now, 1));
}

const EVENTS = {
  "session.ready": ready,
  "message.accepted"(event) {
    const message = findRef(event.client_ref);
    takeFromOutbox(event.client_ref);
    if (message && message.state !== "sent") add({ ...message, id: event.message_id, state: "sent" });
    sendOutbox();
  },
  "message.created"(event) {
    const message = add(fromServer(event.message));
    if (message.role === "customer") takeFromOutbox(message.client_ref);
    else noteArrival(message);
  },
  "reply.started"(event) {
    expect(false);
    moveBehind(reply(event, { state: "thinking", text: "" }), event.in_reply_to);
  },
  // The assistant's activity before it writes, in the customer's language.
  "reply.status"(event) {
    const known = find(event.message_id);
    if (!SHOWN_ACTIVITIES.includes(event.status) || (known && known.state !== "thinking")) return;
    expect(false);
    show.activity(reply(event, { state: "thinking", activity: event.text }));
  },
  "reply.delta"(event) {
    expect(false);
    const known = find(event.message_id);
    reply(event, { state: "writing", text: ((known && known.text) || "") + event.text });
  },
  "reply.restarted"(event) {
    expect(false);
    moveBehind(reply(event, { state: "thinking", text: "", activity: "" }), event.in_reply_to);
  },
  "reply.completed"(event) {
    expect(false);
    const { text, citations, action, status } = event;
    noteArrival(reply(event, { text, citations: citations || [], action, state: status || "done" }));
  },
  "reply.failed"(event) {
    expect(false);
    reply(event, { state: "failed", error: event.message });
    emit("error", { code: event.code, message: event.message });
  },
  "conversation.updated"(event) {
    chat.status = event.status;
    chat.reason = event.reason || "";
    if (event.status !== "bot") expect(false);
    show.status();
  },
  error: refusedBy,
};

function refusedBy(event) {
  emit("error", { code: event.code, message: event.message });
  const message = findRef(event.client_ref);
  if (!message) return;
  expect(false);
  if (event.retry_after_s) {
    inFlight = null;
    add({ ...message, delayed: true });
    setTimeout(sendOutbox, event.retry_after_s * 1000);
    return;
  }
  takeFromOutbox(event.client_ref);
  add({ ...message, state: "failed", error: event.message });
  sendOutbox();
}

function receive(event) {
  const act = EVENTS[event.type];
  const numbered = event.seq !== undefined && event.type !== "session.ready";
  // For a message sent twice, the acknowledgement is repeated with its old number and must be handled.
  if (numbered && event.seq <= chat.seq && event.type !== "message.accepted") return;
  if (numbered && event.seq > chat.seq + 1 && gapAsked !== chat.seq + 1) {
    reconnectForGap();
    return;
  }
  if (numbered) chat.seq = Math.max(chat.seq, event.seq);
  if (act) act(event);
}

// If a number is missing, reconnect to receive everything after the last event. If that does not help, continue
// without it: a reply's completion contains its whole text.
function reconnectForGap() {
  const missing = chat.seq + 1;
  if (gapTimer) return;
  gapTimer = setTimeout(() => {
    gapTimer = null;
    if (chat.seq + 1 !== missing) return;
    gapAsked = missing;
    socket.again();
  }, GAP_WAIT_MS);
}
