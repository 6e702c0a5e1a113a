// Earlier conversations of somebody the shop vouched for: a list, and each one to read again.

const earlier = el("section", { class: "earlier", hidden: true });
const historian = el("button", { type: "button", class: "icon", hidden: true, onclick: toggleEarlier }, icon("clock"));

function showHistorian() {
  historian.hidden = !chat.verified;
  label(historian, t("earlier"));
}

function toggleEarlier() {
  if (earlier.hidden) showEarlier();
  else leaveEarlier();
}

function leaveEarlier() {
  earlier.hidden = true;
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

function showEarlier() {
  callServer("/conversations/")
    .then((answer) => answer.json())
    .then(({ results }) => {
      const others = results.filter((one) => one.id !== chat.conversation && one.messages);
      const list = el("ul", {}, ...others.map((one) => el("li", {}, earlierButton(one))));
      fillEarlier(t("earlier"), leaveEarlier, others.length ? list : el("p", { class: "remark" }, t("earlier_none")));
    })
    .catch(earlierFailed);
}

function dayOf(time) {
  return new Date(time).toLocaleDateString(locale, { dateStyle: "medium" });
}

function earlierButton(conversation) {
  const words = el("span", { dir: "auto" }, conversation.opening || t("file"));
  return el("button", { type: "button", onclick: () => readEarlier(conversation) }, words, el("time", {}, dayOf(conversation.updated_at)));
}

function readEarlier(conversation) {
  callServer("/conversations/" + conversation.id + "/messages/")
    .then((answer) => answer.json())
    .then(({ results }) => {
      const said = results.map(fromServer).map((message) => {
        const parts = [...byLine(message), message.text ? body(message) : null, filesOf(message), sources(message)];
        return el("article", { class: "message " + message.role }, ...parts.filter(Boolean));
      });
      fillEarlier(dayOf(conversation.updated_at), showEarlier, ...said);
    })
    .catch(earlierFailed);
}
