// Starts the widget, and defines window.Brevity.

const socket = makeSocket({
  hello,
  receive,
  refused,
  unreached: checkWhetherRefused,
  changed(state) {
    inFlight = null; // a message on the old socket may be lost, so it is sent again
    if (state === "ready") {
      stoppedBy = null;
      sendOutbox();
      sendRatings();
      resumeUploads();
      if (chat.wantsPerson) askForPerson(chat.wantsPerson);
    }
    show.status();
    if (outbox().length) show.all();
  },
});

show = {
  message(message) {
    changed.add(message);
    drawSoon();
  },
  all: drawAll,
  typing: drawSoon,
  status() {
    applyAssistant();
    showHistoryButton();
    showStatus();
    drawSoon();
  },
  activity(message) {
    if (isOpen) announceStatus(message.activity);
  },
  announce(message) {
    if (!isOpen || document.hidden) {
      chat.unread += 1;
      showBadge();
    }
    if (isOpen) speak(message);
  },
  stopped(reason) {
    stoppedBy = reason;
    showStatus();
  },
};

function applyAssistant() {
  if (chat.assistant && chat.assistant.name !== title.textContent) title.textContent = chat.assistant.name;
}

const queuedCalls = []; // made before the widget is built
let isBuilt = false;

function onceBuilt(action) {
  return (...args) => (isBuilt ? action(...args) : void queuedCalls.push(() => action(...args)));
}

window.Brevity = {
  isLoaded: true,
  open: onceBuilt(open),
  close: onceBuilt(close),
  toggle: onceBuilt(toggle),
  ask: onceBuilt((text) => say(String(text))),
  identify: onceBuilt(identify),
  reset: onceBuilt(reset),
  setAttributes: onceBuilt((attributes) => {
    const valid = Object.entries(attributes).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
    chat.attributes = { ...chat.attributes, ...Object.fromEntries(valid) };
    if (socket.state() === "ready") socket.again();
  }),
  setLocale: onceBuilt((name) => {
    wishedLocale = String(name || "");
    chooseLocale(name);
    applyWords();
    if (socket.state() === "ready") socket.again();
  }),
  // For the widget's admin page: shows unsaved settings.
  preview: onceBuilt((settings) => {
    Object.assign(config, settings);
    chooseLocale(settings.locale);
    applyTheme();
    applyWords();
  }),
  on(name, listener) {
    const handler = (event) => listener(event.detail);
    document.addEventListener("brevity:" + name, handler);
    return () => document.removeEventListener("brevity:" + name, handler);
  },
};

// Another tab of this visitor signed out, or started a conversation.
addEventListener("storage", (event) => {
  if (event.key !== STORAGE_KEY) return;
  if (!event.newValue && keeping) reset();
  if (event.newValue && !keeping && !chat.messages.length) {
    resumeStored();
    followStored();
  }
});

addEventListener("online", showStatus);
addEventListener("offline", showStatus);
addEventListener("visibilitychange", () => {
  if (document.hidden || !isOpen || !chat.unread) return;
  chat.unread = 0;
  showBadge();
});

let isRemoved = false;

// Removes the widget if this page may not use it. The page's console and an event give the reason.
function removeWidget({ code, message }) {
  if (isRemoved) return;
  isRemoved = true;
  socket.close();
  host.remove();
  console.error("Brevity: " + message);
  emit("error", { code, message });
}

async function checkWhetherRefused() {
  try {
    await fetchConfig("no-store");
  } catch (error) {
    if (error.code) removeWidget(error);
  }
}

async function start() {
  chooseLocale(PAGE.locale, document.documentElement.lang, navigator.language);
  try {
    await fetchConfig();
    chooseLocale(PAGE.locale, config.locale);
  } catch (error) {
    if (error.code) {
      removeWidget(error);
      return;
    }
    emit("error", { code: "config", message: String(error.message || error) });
  }
  build();
  const isResumed = resumeStored();
  adoptOutbox();
  isBuilt = true;
  if (PAGE.identity) identify(PAGE.identity);
  for (const call of queuedCalls) call();
  if (isResumed) socket.open(); // also while the panel is closed, to count unread answers
  if (PAGE.open) open();
  emit("ready");
}

// In a frame that draws nothing, the idle callback may never run; hence the time-out.
const IDLE_TIMEOUT_MS = 1000;
const startSoon = () => (window.requestIdleCallback ? requestIdleCallback(start, { timeout: IDLE_TIMEOUT_MS }) : setTimeout(start, 1));
if (document.readyState === "complete") startSoon();
else addEventListener("load", startSoon);
