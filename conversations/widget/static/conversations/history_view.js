// Earlier conversations of a visitor whose identity the shop signed: a list, and each one to read.

const earlier = el("section", { class: "earlier", hidden: true });
const historyButton = el("button", { type: "button", class: "icon", hidden: true, onclick: toggleEarlier }, icon("clock"));
let earlierTurn = 0; // increases with every navigation; responses to older requests are ignored

function showHistoryButton() {
  historyButton.hidden = !chat.verified;
  label(historyButton, t("earlier"));
}

function toggleEarlier() {
  if (earlier.hidden) showEarlier();
  else leaveEarlier();
}

function leaveEarlier() {
  earlierTurn += 1;
  earlier.hidden = true;
  earlier.replaceChildren();
  panel.dataset.earlier = "false";
  input.focus({ preventScroll: true });
}

function fillEarlier(title, back, ...content) {
  const heading = el("h3", { tabindex: "-1" }, title);
  earlier.replaceChildren(el("div", { class: "head" }, button(t("back"), { class: "icon back", onclick: back }, icon("back")), heading), ...content);
  earlier.hidden = false;
  panel.dataset.earlier = "true";
  heading.focus({ preventScroll: true });
}

function earlierFailed() {
  fillEarlier(t("earlier"), leaveEarlier, el("p", { class: "remark" }, t("unavailable")));
}

function askEarlier(path, draw) {
  earlierTurn += 1;
  const turn = earlierTurn;
  callServer(path)
    .then((answer) => answer.json())
    .then(({ results }) => turn === earlierTurn && draw(results))
    .catch(() => turn === earlierTurn && earlierFailed());
}

function showEarlier() {
  askEarlier("/conversations/", (results) => listEarlier(results.filter((one) => one.id !== chat.conversation && one.messages)));
}

function listEarlier(others) {
  earlierTurn += 1;
  const list = el("ul", {}, ...others.map((one) => el("li", {}, earlierButton(one, others))));
  fillEarlier(t("earlier"), leaveEarlier, others.length ? list : el("p", { class: "remark" }, t("earlier_none")));
}

function dayOf(time) {
  return new Date(time).toLocaleDateString(locale, { dateStyle: "medium" });
}

function earlierButton(conversation, others) {
  const words = el("span", { dir: "auto" }, conversation.opening || t("file"));
  return el("button", { type: "button", onclick: () => readEarlier(conversation, others) }, words, el("time", {}, dayOf(conversation.updated_at)));
}

// Back returns to the list without a request, so pressing it twice quickly closes the history.
function readEarlier(conversation, others) {
  askEarlier("/conversations/" + conversation.id + "/messages/", (results) => {
    const messages = results.map(fromServer).map((message) => {
      const parts = [...byLine(message), message.text ? body(message) : null, filesOf(message), sources(message)];
      return el("article", { class: "message " + message.role }, ...parts.filter(Boolean));
    });
    fillEarlier(dayOf(conversation.updated_at), () => listEarlier(others), ...messages);
  });
}
