// What outlives a page: the session, the conversation and unsent messages.
// Nothing is stored on the device before the visitor's first message.

const STORAGE_KEY = "brevity:" + WIDGET;
let memory = {};
let keeping = false;

function readStored() {
  try {
    return JSON.parse(localStorage.getItem(STORAGE_KEY)) || null;
  } catch {
    return null; // storage is blocked, or holds something that is not ours
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
    // Full or blocked: this page still works from memory.
  }
}

function startKeeping() {
  if (keeping) return;
  const elsewhere = readStored(); // another tab may have begun meanwhile: its session is the one
  keeping = true;
  store(elsewhere || {});
}

function forgetStored() {
  memory = {};
  keeping = false;
  try {
    localStorage.removeItem(STORAGE_KEY);
  } catch {
    // Nothing was kept.
  }
}

function resumeStored() {
  const found = readStored();
  if (!found) return false;
  memory = found;
  keeping = true;
  return true;
}
