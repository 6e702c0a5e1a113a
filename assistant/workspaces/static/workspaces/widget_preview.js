// A live preview of the widget on its admin page, with the unsaved values of the form.
"use strict";

const preview = document.querySelector("#widget-preview");
const form = preview && document.querySelector("#widget_form");

function lines(name) {
  return form.elements[name].value.split("\n").map((line) => line.trim()).filter(Boolean);
}

function logo() {
  const { logo } = form.elements;
  if (logo.files.length) return logo.files[0];
  return form.elements["logo-clear"]?.checked ? null : preview.dataset.logo;
}

function looks() {
  const { greeting, locale, accent, position, dark, attachments } = form.elements;
  const theme = { accent: accent.value, position: position.value, dark: dark.value, attachments: attachments.checked };
  const { name, notice } = preview.dataset;
  const words = { name, notice, greeting: greeting.value, suggestions: lines("suggestions"), locale: locale.value };
  return { ...words, logo: logo(), theme };
}

if (form) {
  window.brevitySettings = { preview: looks(), container: "#widget-preview", open: true, widget: "preview" };
  const script = document.createElement("script");
  script.src = "/widget.js";
  document.head.append(script);
  for (const event of ["input", "change"]) form.addEventListener(event, () => window.Brevity?.preview(looks()));
}
