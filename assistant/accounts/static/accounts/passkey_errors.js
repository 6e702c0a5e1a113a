// Say it on the page when the browser has no passkey, or the person closed its dialog.
"use strict";

document.addEventListener("allauth.error", (event) => {
  event.preventDefault();
  document.getElementById("passkey_error").hidden = false;
});
