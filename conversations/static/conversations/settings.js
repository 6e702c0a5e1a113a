// Where this script came from, and what the page asked for before it loaded.

const SCRIPT = document.currentScript || document.querySelector("script[data-widget]");
const PAGE = window.brevitySettings || {};
const WIDGET = (SCRIPT && SCRIPT.dataset.widget) || PAGE.widget || "";
const HOST = new URL(PAGE.host || (SCRIPT && SCRIPT.src) || location.href, location.href).origin;
const SOCKET_URL = HOST.replace(/^http/, "ws") + "/ws/chat/";

// Filled from the server once; the page's own settings win over the workspace's.
const config = { name: "", greeting: "", notice: "", suggestions: [], logo: null, theme: {}, locale: "", link_hosts: [] };

async function fetchConfig() {
  if (PAGE.preview) {
    Object.assign(config, PAGE.preview);
    return;
  }
  const answer = await fetch(HOST + "/api/v1/widget/config/?widget=" + encodeURIComponent(WIDGET), {
    credentials: "omit",
  });
  if (!answer.ok) throw new Error("The widget's settings could not be read: HTTP " + answer.status);
  Object.assign(config, await answer.json());
}

function themed(name, fallback) {
  return PAGE[name] !== undefined ? PAGE[name] : (config.theme || {})[name] || fallback;
}

function tell(name, detail = {}) {
  document.dispatchEvent(new CustomEvent("brevity:" + name, { detail, bubbles: true }));
}
