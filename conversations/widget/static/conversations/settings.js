// The host of this script, and the page's settings.

const SCRIPT = document.currentScript || document.querySelector("script[data-widget]");
const PAGE = window.brevitySettings || {};
const WIDGET = (SCRIPT && SCRIPT.dataset.widget) || PAGE.widget || "";
const HOST = new URL(PAGE.host || (SCRIPT && SCRIPT.src) || location.href, location.href).origin;
const SOCKET_URL = HOST.replace(/^http/, "ws") + "/ws/chat/";

// Loaded from the server once; the page's settings override the workspace's.
const config = { name: "", greeting: "", notice: "", suggestions: [], logo: null, theme: {}, locale: "", link_hosts: [] };

// Throws an error, with the server's `code` if this page may not use the widget.
async function fetchConfig(cache = "default") {
  if (PAGE.preview) {
    Object.assign(config, PAGE.preview);
    return;
  }
  // The origin as the browser sends it to the socket: "null" in a sandboxed frame, whatever its URL.
  const query = new URLSearchParams({ widget: WIDGET, origin: self.origin });
  const answer = await fetch(HOST + "/api/v1/widget/config/?" + query, { credentials: "omit", cache });
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

function emit(name, detail = {}) {
  document.dispatchEvent(new CustomEvent("brevity:" + name, { detail, bubbles: true }));
}
