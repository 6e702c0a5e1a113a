// The pages of models: fill in what is known of a provider, drive a test, and keep the overview up to date.
"use strict";

const LIVE_INTERVAL_MS = 3000;
const RETRY_MS = 2000;

function pause(ms) {
  return new Promise((done) => setTimeout(done, ms));
}

async function drive(section) {
  const token = document.querySelector("[name=csrfmiddlewaretoken]")?.value;
  while (!section.querySelector("[data-finished]")) {
    const answer = await fetch(section.dataset.test, { method: "POST", headers: { "X-CSRFToken": token } }).catch(() => null);
    if (answer?.ok) section.innerHTML = await answer.text();
    else if (answer && answer.status < 500) return; // logged out, or the model was deleted
    else await pause(RETRY_MS);
  }
}

function offerTrial(section) {
  const button = section.querySelector("button");
  const result = section.querySelector("[data-result]");
  button.addEventListener("click", async () => {
    const form = new FormData(section.closest("form"));
    form.set("row", section.dataset.row);
    button.disabled = true;
    result.textContent = "Asking the server …";
    const answer = await fetch(section.dataset.try, { method: "POST", body: form }).catch(() => null);
    if (answer?.ok) result.innerHTML = await answer.text();
    else result.textContent = "This did not work. Load the page again.";
    button.disabled = false;
    section.scrollIntoView({ block: "nearest" }); // the bar with the buttons covers the end of the page
  });
}

function follow(section) {
  setInterval(async () => {
    if (document.hidden) return;
    const answer = await fetch(section.dataset.live).catch(() => null);
    if (answer?.ok) section.innerHTML = await answer.text();
  }, LIVE_INTERVAL_MS);
}

function offerPresets(choice) {
  const presets = JSON.parse(choice.dataset.presets);
  const url = document.getElementById("id_base_url");
  const context = document.getElementById("id_context_tokens");
  const hint = document.createElement("p");
  hint.className = "b-soft b-hint";
  hint.id = "preset-hint";
  choice.parentElement.after(hint); // the arrow of the choice belongs to its parent
  const known = new Set(Object.values(presets).map((each) => each.url));
  const explain = () => (hint.textContent = presets[choice.value]?.hint ?? "");
  choice.addEventListener("change", () => {
    const preset = presets[choice.value];
    explain();
    if (!preset || !known.has(url.value) && url.value) return; // what somebody typed stays
    url.value = preset.url;
    context.value = preset.context;
  });
  explain();
}

document.addEventListener("DOMContentLoaded", () => {
  document.querySelectorAll("[data-test]").forEach(drive);
  document.querySelectorAll("[data-try]").forEach(offerTrial);
  document.querySelectorAll("[data-live]").forEach(follow);
  document.querySelectorAll("[data-presets]").forEach(offerPresets);
});
