// Thumbs under a finished reply, and the comment form after a thumb down.

function thumb(message, rating, label) {
  const pressed = message.rating === rating;
  return button(t(label), {
    class: "thumb",
    "aria-pressed": String(pressed),
    onclick() {
      rate(message, pressed ? null : rating);
      message.thanked = !pressed && rating === "like";
      message.form = !pressed && rating === "dislike" ? commentForm(message) : null;
      redraw(message);
      focusComment(message);
    },
  }, icon(rating));
}

function focusComment(message) {
  if (message.form) message.form.querySelector("input").focus();
}

function commentForm(message) {
  const input = el("input", { type: "text", maxlength: "1000", "aria-label": t("comment"), placeholder: t("comment"), dir: "auto" });
  return el("form", {
    class: "comment",
    onsubmit(event) {
      event.preventDefault();
      Object.assign(message, { form: null, thanked: true });
      rate(message, "dislike", input.value.trim());
      redraw(message);
    },
  }, input, el("button", { class: "small" }, t("comment_send")));
}

function ratingRow(message) {
  if (message.state === "failed") return null;
  const row = el("div", { class: "rating" });
  row.append(thumb(message, "like", "helpful"), thumb(message, "dislike", "not_helpful"));
  if (message.thanked) row.append(el("span", { role: "status" }, t("thanks")));
  // Redrawing reuses the open form, which keeps its input.
  return message.form ? el("div", {}, row, message.form) : row;
}
