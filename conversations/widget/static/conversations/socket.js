// A WebSocket that reconnects: hello, ping, back-off. It transports frames and knows nothing of messages.

const PING_INTERVAL_MS = 25000;
const PONG_TIMEOUT_MS = 10000;
const READY_TIMEOUT_MS = 10000;
const BACKOFF_FIRST_MS = 500;
const BACKOFF_MOST_MS = 30000;
const TRY_LATER_MS = 5000;
const HINT_SPREAD_MS = 1000; // retry_after_s is in whole seconds
const CLOSED = {
  TOO_BIG: 1009,
  TRY_LATER: 1013,
  FRAME: 4400,
  IDENTITY: 4401,
  ORIGIN: 4403,
  GONE: 4404,
  REPLACED: 4409,
  RATE: 4429,
};

// `hello()` returns the first frame. `receive(event)` is called for every frame, `changed(state)` for every state:
// idle, connecting, ready, lost. `refused(code)` handles a final close code and returns true to reconnect.
// `unreached()` is called if the socket never opened, because browsers do not say whether it was refused.
function makeSocket({ hello, receive, changed, refused, unreached }) {
  let socket = null;
  let reached = false;
  let state = "idle";
  let attempts = 0;
  let hint_ms = 0;
  const timers = {};

  function become(next) {
    if (state === next) return;
    state = next;
    changed(next);
  }

  function after(name, delay_ms, action) {
    clearTimeout(timers[name]);
    timers[name] = setTimeout(action, delay_ms);
  }

  function drop() {
    for (const timer of Object.values(timers)) clearTimeout(timer);
    if (!socket) return;
    const old = socket;
    socket = null; // so that its late events are ignored
    old.onopen = old.onmessage = old.onclose = null;
    old.close();
  }

  function backoff_ms() {
    const most = Math.min(BACKOFF_MOST_MS, BACKOFF_FIRST_MS * 2 ** attempts);
    const spread = Math.max(hint_ms && HINT_SPREAD_MS, most / 2);
    const wait = Math.max(hint_ms, most / 2) + Math.random() * spread;
    attempts += 1;
    hint_ms = 0;
    return wait;
  }

  function lose() {
    drop();
    become("lost");
    if (navigator.onLine !== false) after("retry", backoff_ms(), open);
  }

  function stay(frame) {
    clearTimeout(timers.pong);
    after("ping", PING_INTERVAL_MS, check);
    if (frame.type === "session.ready") {
      clearTimeout(timers.ready);
      attempts = 0;
      become("ready");
    }
    if (frame.type === "error" && frame.retry_after_s) hint_ms = frame.retry_after_s * 1000;
  }

  function check() {
    if (state !== "ready") return;
    after("pong", PONG_TIMEOUT_MS, lose);
    send({ type: "ping" });
  }

  function closed(event) {
    socket = null;
    const { code } = event;
    if (!reached) unreached();
    if ([CLOSED.TRY_LATER, CLOSED.RATE].includes(code)) hint_ms = Math.max(hint_ms, TRY_LATER_MS);
    const known = [CLOSED.FRAME, CLOSED.IDENTITY, CLOSED.ORIGIN, CLOSED.GONE, CLOSED.REPLACED, CLOSED.TOO_BIG];
    if (!known.includes(code) || refused(code)) lose();
    else close();
  }

  function open() {
    if (socket || PAGE.preview) return;
    clearTimeout(timers.retry);
    become(state === "lost" ? "lost" : "connecting");
    reached = false;
    socket = new WebSocket(SOCKET_URL);
    after("ready", READY_TIMEOUT_MS, lose);
    socket.onopen = () => {
      reached = true;
      socket.send(JSON.stringify({ type: "hello", ...hello() }));
    };
    socket.onclose = closed;
    socket.onmessage = (message) => {
      const frame = JSON.parse(message.data);
      const from = socket;
      receive(frame);
      if (socket === from) stay(frame);
    };
  }

  function close() {
    drop();
    attempts = 0;
    become("idle");
  }

  function send(frame) {
    if (state !== "ready" || !socket || socket.readyState !== WebSocket.OPEN) return false;
    socket.send(JSON.stringify(frame));
    return true;
  }

  function again() {
    drop();
    become("lost");
    open();
  }

  addEventListener("offline", () => state !== "idle" && lose());
  addEventListener("online", () => state === "lost" && again());
  addEventListener("pageshow", (event) => event.persisted && state !== "idle" && again());
  document.addEventListener("visibilitychange", () => {
    if (document.visibilityState !== "visible") return;
    if (state === "ready") check();
    else if (state === "lost" && !socket) open();
  });

  return { open, close, send, again, state: () => state };
}
