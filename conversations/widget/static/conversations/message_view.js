// One message. It is redrawn completely each time it changes.

// `supported` is false if the server found that the source does not support a sentence that cites it.
function isDoubted(citation) {
  return Boolean(citation) && citation.supported === false;
}

// A doubted source has a question mark, and the reason as a tooltip and for screen readers.
function citationChip(citation, n) {
  if (!citation) return el("span", { class: "chip" }, String(n));
  const url = webUrl(citation.url);
  const doubt = isDoubted(citation) ? t("source_doubted") : "";
  const attributes = { class: doubt ? "chip doubted" : "chip", title: [citation.title, doubt].filter(Boolean).join(": ") };
  const inner = doubt ? [n + "?", el("span", { class: "aside" }, " (" + doubt + ")")] : [String(n)];
  if (!url) return el("span", attributes, ...inner);
  const label = [t("source", { n, title: citation.title }), doubt].filter(Boolean).join(", ");
  return anchor(url, { ...attributes, "aria-label": label }, ...inner);
}

function markdownContext(message) {
  const streaming = ["thinking", "writing"].includes(message.state);
  const citations = message.citations || [];
  return {
    streaming,
    hosts: allowedHosts(citations),
    chip(n) {
      const citation = citations.find((other) => other.n === n);
      return citation || streaming ? citationChip(citation, n) : null;
    },
  };
}

function sources(message) {
  if (!message.citations || !message.citations.length) return null;
  const entries = message.citations.map((citation) => {
    const doubted = isDoubted(citation);
    const number = el("span", { class: "number", "aria-hidden": "true" }, citation.n + (doubted ? "?" : ""));
    const inner = [number, el("span", { dir: "auto" }, citation.title)];
    if (doubted) inner.push(el("span", { class: "doubt" }, t("source_doubted")));
    const url = webUrl(citation.url);
    const attributes = { class: doubted && "doubted", title: doubted && citation.title };
    return el("li", {}, url ? anchor(url, attributes, ...inner) : el("span", attributes, ...inner));
  });
  return el("ul", { class: "sources", "aria-label": t("sources") }, ...entries);
}

function dots() {
  return el("span", { class: "dots", role: "img", "aria-label": t("typing") }, el("i"), el("i"), el("i"));
}

function thinking({ activity }) {
  return el("div", { class: "bubble" }, dots(), activity ? el("span", { class: "activity", dir: "auto" }, activity) : null);
}

function remark(text, ...more) {
  return el("p", { class: "remark" }, text, ...more);
}

function retryButton(message) {
  return el("button", { type: "button", class: "link", onclick: () => sayAgain(message) }, t("retry"));
}

function customerParts(message) {
  const parts = message.text ? [el("div", { class: "bubble", dir: "auto" }, message.text)] : [];
  parts.push(filesOf(message));
  if (message.state === "waiting" && (message.delayed || socket.state() !== "ready")) parts.push(remark(t("waiting_to_send")));
  if (message.state === "failed") {
    parts.push(remark((message.error || t("not_sent")) + " ", retryButton(message)));
  }
  return parts;
}

function byLine(message) {
  if (message.role !== "person") return [];
  const name = message.name || t("person_fallback");
  const initial = Array.from(name.trim())[0] || "•";
  const face = el("span", { class: "face", "aria-hidden": "true" }, initial.toUpperCase());
  return [el("p", { class: "by" }, face, el("span", { dir: "auto" }, name))];
}

function personParts(message) {
  return [...byLine(message), body(message)];
}

function body(message) {
  return el("div", { class: "bubble text" }, markdown(message.text, markdownContext(message)));
}

function assistantParts(message) {
  if (message.state === "thinking") return [thinking(message)];
  if (message.state === "failed") {
    return [el("div", { class: "bubble" }, (message.error || t("failed")) + " ", retryButton(message))];
  }
  const parts = message.text ? [body(message)] : [];
  if (message.state === "writing") return parts;
  parts.push(sources(message));
  if (message.state === "stopped") parts.push(remark(t("stopped")));
  if (message.state === "incomplete") parts.push(remark(t("incomplete") + " ", retryButton(message)));
  if (message.action === "offer_handoff" && chat.status === "bot") parts.push(personButton("offer", "unknown"));
  parts.push(ratingRow(message));
  return parts;
}

function personButton(className, reason) {
  return el("button", { type: "button", class: className, onclick: () => askForPerson(reason) }, icon("person"), t("person"));
}

const PARTS = { customer: customerParts, person: personParts, assistant: assistantParts };

function drawMessage(node, message) {
  node.className = "message " + message.role + " " + message.state;
  node.dataset.state = message.state;
  const parts = (PARTS[message.role] || assistantParts)(message);
  node.replaceChildren(...parts.filter(Boolean));
}
