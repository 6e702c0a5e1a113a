// Data that survives a reload: the session, the conversation and unsent messages.
// Nothing is stored on the device before the visitor's first message.

const STORAGE_KEY = "brevity:" + WIDGET;
let memory = {};
let keeping = false;

function readStored() {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY)) || null;
  } catch {
    return null; // storage is blocked, or the value is not ours
  }
}

function stored() {
  if (!keeping) return memory;
  return readStored() || memory;
}

function store(changes) {
  memory = { ...stored(), ...changes };
  if (!keeping) return;
  try {
    localStorage.setItem(STORAGE_KEY, JSON.stringify(memory));
  } catch {
    // Full or blocked: this page uses memory.
  }
}

function startKeeping() {
  if (keeping) return;
  const fromOtherTab = readStored(); // if another tab has started a session, use that one
  keeping = true;
  store(fromOtherTab || {});
}

function forgetStored() {
  memory = {};
  keeping = false;
  try {
    localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Storage is blocked, so nothing was stored.
  }
}

function resumeStored() {
  const values = readStored();
  if (!values) return false;
  memory = values;
  keeping = true;
  return true;
}
