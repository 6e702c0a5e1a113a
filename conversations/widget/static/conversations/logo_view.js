// The shop's logo in the chat header; our own icon if there is none or it cannot be loaded.

const LOGO_PX = [360, 108];

const emblem = el("span", { class: "avatar", "aria-hidden": "true" }, icon("spark"));
let logoAsked = null; // its path on the server, or an unsaved file in the admin

function showLogo() {
  const logo = config.logo || null;
  if (!isOpen || logo === logoAsked) return;
  logoAsked = logo;
  if (logo) logoOf(logo).then((canvas) => putEmblem(logo, canvas), () => putEmblem(logo, null));
  else putEmblem(logo, null);
}

async function logoOf(logo) {
  if (logo instanceof Blob) return drawn(logo, ...LOGO_PX);
  const answer = await fetch(HOST + logo, { credentials: "omit" });
  return drawn(await answer.blob(), ...LOGO_PX);
}

function putEmblem(logo, canvas) {
  if (logo !== logoAsked) return; // the logo has changed
  emblem.className = canvas ? "logo" : "avatar";
  emblem.replaceChildren(canvas || icon("spark"));
}
