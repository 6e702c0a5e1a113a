// Where this script came from, and what the page asked for before it loaded.

const SCRIPT = document.currentScript || document.querySelector("script[data-widget]");
const PAGE = window.brevitySettings || {};
const WIDGET = (SCRIPT && SCRIPT.dataset.widget) || PAGE.widget || "";
const HOST = new URL(PAGE.host || (SCRIPT && SCRIPT.src) || location.href, location.href).origin;
const SOCKET_URL = HOST.replace(/^http/, "ws") + "/ws/chat/";

// Filled from the server once; the page's own settings win over the workspace's.
const config = { name: "", greeting: "", notice: "", suggestions: [], logo: null, theme: {}, locale: "", link_hosts: [] };

// Throws an error with the server's `code` where it says that this page has no widget.
async function fetchConfig(cache = "default") {
  if (PAGE.preview) {
    Object.assign(config, PAGE.preview);
    return;
  }
  // As the browser will name us to the socket: in a sandboxed frame it is "null", whatever the address says.
  const asked = new URLSearchParams({ widget: WIDGET, origin: self.origin });
  const answer = await fetch(HOST + "/api/v1/widget/config/?" + asked, { credentials: "omit", cache });
  if (answer.ok) {
    Object.assign(config, await answer.json());
    return;
  }
  const { error = {} } = await answer.json().catch(() => ({}));
  const code = ["origin_refused", "widget_unknown"].includes(error.code) ? error.code : null;
  throw Object.assign(new Error(error.message || "The widget's settings could not be read: HTTP " + answer.status), { code });
}

function themed(name, fallback) {
  return PAGE[name] !== undefined ? PAGE[name] : (config.theme || {})[name] || fallback;
}

function tell(name, detail = {}) {
  document.dispatchEvent(new CustomEvent("brevity:" + name, { detail, bubbles: true }));
}
