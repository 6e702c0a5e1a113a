// "This answers it": says that an article answers the question that was tried, or takes that back.
"use strict";

document.addEventListener("click", async (event) => {
  const button = event.target.closest("[data-answers]");
  if (!button || button.getAttribute("aria-disabled")) return;
  const row = button.closest("[data-answers-of]");
  const result = button.closest("[data-asked]");
  const form = new FormData();
  form.set("question", result.dataset.asked);
  if (button.getAttribute("aria-pressed") !== "true") form.set("answers", "on");
  const token = document.querySelector("[name=csrfmiddlewaretoken]").value;
  button.setAttribute("aria-disabled", "true"); // not `disabled`: that would lose the focus
  const answer = await fetch(button.dataset.answers, { method: "POST", body: form, headers: { "X-CSRFToken": token } }).catch(() => null);
  button.removeAttribute("aria-disabled");
  row.querySelector("[role=alert]")?.remove();
  if (!answer?.ok) {
    const said = document.createElement("span");
    said.className = "b-bad";
    said.setAttribute("role", "alert");
    said.textContent = "This could not be noted. Please try again.";
    row.append(said);
    return;
  }
  const html = await answer.text();
  const place = [...result.querySelectorAll(`[data-answers-of="${row.dataset.answersOf}"]`)];
  const mine = place.indexOf(row);
  for (const old of place) old.outerHTML = html; // an article may have several passages here
  result.querySelectorAll(`[data-answers-of="${row.dataset.answersOf}"]`)[mine]?.querySelector("button").focus();
});
