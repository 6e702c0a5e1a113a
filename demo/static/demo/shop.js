// Buttons of the page that speak to the widget. Pressed before it is there, they wait for it.

function withWidget(action) {
  if (window.Brevity) action(window.Brevity);
  else document.addEventListener("brevity:ready", () => action(window.Brevity), { once: true });
}

document.addEventListener("click", (event) => {
  const button = event.target.closest("[data-ask], [data-open]");
  if (!button) return;
  withWidget((brevity) => {
    brevity.open();
    if (button.dataset.ask) brevity.ask(button.dataset.ask);
  });
});
