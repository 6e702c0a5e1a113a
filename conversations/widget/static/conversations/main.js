// Putting it together, and window.Brevity.

const socket = makeSocket({
  hello,
  receive,
  refused,
  unreached: askWhetherRefused,
  changed(state) {
    inFlight = null; // whatever was on the old socket may be lost: it is sent again
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
    showHistorian();
    showStatus();
    drawSoon();
  },
  activity(message) {
    if (isOpen) sayAside(message.activity);
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

const early = []; // calls made before the widget stands
let standing = false;

function once(action) {
  return (...given) => (standing ? action(...given) : void early.push(() => action(...given)));
}

window.Brevity = {
  isLoaded: true,
  open: once(open),
  close: once(close),
  toggle: once(toggle),
  ask: once((text) => say(String(text))),
  identify: once(identify),
  reset: once(reset),
  setAttributes: once((attributes) => {
    const said = Object.entries(attributes).filter(([, value]) => ["string", "number", "boolean"].includes(typeof value));
    chat.attributes = { ...chat.attributes, ...Object.fromEntries(said) };
    if (socket.state() === "ready") socket.again();
  }),
  setLocale: once((name) => {
    wishedLocale = String(name || "");
    chooseLocale(name);
    applyWords();
    if (socket.state() === "ready") socket.again();
  }),
  // For the page where a widget is set up: shows other settings than those that are saved.
  preview: once((settings) => {
    Object.assign(config, settings);
    chooseLocale(settings.locale);
    applyTheme();
    applyWords();
  }),
  on(name, listener) {
    const heard = (event) => listener(event.detail);
    document.addEventListener("brevity:" + name, heard);
    return () => document.removeEventListener("brevity:" + name, heard);
  },
};

// Another tab of this visitor signed out, or began the conversation.
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

let turnedAway = false;

// This page has no widget, and the visitor is not to see half of one: whoever runs the page is told why.
function turnAway({ code, message }) {
  if (turnedAway) return;
  turnedAway = true;
  socket.close();
  host.remove();
  console.error("Brevity: " + message);
  tell("error", { code, message });
}

async function askWhetherRefused() {
  try {
    await fetchConfig("no-store");
  } catch (error) {
    if (error.code) turnAway(error);
  }
}

async function start() {
  chooseLocale(PAGE.locale, document.documentElement.lang, navigator.language);
  try {
    await fetchConfig();
    chooseLocale(PAGE.locale, config.locale);
  } catch (error) {
    if (error.code) {
      turnAway(error);
      return;
    }
    tell("error", { code: "config", message: String(error.message || error) });
  }
  build();
  const underWay = resumeStored();
  adoptOutbox();
  standing = true;
  if (PAGE.identity) identify(PAGE.identity);
  for (const call of early) call();
  if (underWay) socket.open(); // its answers are to be seen, also while the panel is closed
  if (PAGE.open) open();
  tell("ready");
}

// A frame that draws nothing new may never be called idle: then it starts without.
const IDLE_TIMEOUT_MS = 1000;
const startSoon = () => (window.requestIdleCallback ? requestIdleCallback(start, { timeout: IDLE_TIMEOUT_MS }) : setTimeout(start, 1));
if (document.readyState === "complete") startSoon();
else addEventListener("load", startSoon);
