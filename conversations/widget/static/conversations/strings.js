// Texts of the widget. STRINGS is filled from strings.<locale>.json when the script is bundled.

let locale = "en";
let wishedLocale = String(PAGE.locale || ""); // set by the page; replies use it too

function chooseLocale(...wanted) {
  for (const name of wanted.filter(Boolean)) {
    const exact = String(name).toLowerCase();
    const found = [exact, exact.split(/[-_]/)[0]].find((candidate) => candidate in STRINGS);
    if (found) {
      locale = found;
      return;
    }
  }
}

function t(key, values = {}) {
  const words = STRINGS[locale][key] || STRINGS.en[key] || key;
  return words.replace(/\{(\w+)\}/g, (_, name) => (name in values ? values[name] : ""));
}

function direction() {
  return PAGE.dir || STRINGS[locale].dir || "ltr";
}
