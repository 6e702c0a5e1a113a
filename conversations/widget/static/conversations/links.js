// Which addresses an answer may link to: hosts of its own sources, this page, and hosts the shop named.
// Everything else stays text, so that an answer cannot lead anybody (or carry anything) elsewhere.

function webUrl(address) {
  let url;
  try {
    url = new URL(address, HOST);
  } catch {
    return null;
  }
  const plain = /^https?:$/.test(url.protocol) && !url.username && !url.password;
  return plain ? url : null;
}

function decoded(text) {
  try {
    return decodeURIComponent(text);
  } catch {
    return text;
  }
}

// An allowed host may still run a redirector: no address inside the address.
function carriesAnAddress(url) {
  return /\/\/|\\|https?:/i.test(decoded(decoded(url.search + url.hash)));
}

function allowedHosts(citations) {
  const named = [...(config.link_hosts || []), ...(PAGE.linkHosts || [])];
  const cited = (citations || []).map((citation) => webUrl(citation.url)).filter(Boolean);
  return new Set([location.host, new URL(HOST).host, ...named, ...cited.map((url) => url.host)]);
}

function allowedUrl(address, hosts) {
  const url = webUrl(address);
  return url && hosts.has(url.host) && !carriesAnAddress(url) ? url : null;
}

function anchor(url, attributes, ...children) {
  return el("a", { href: url.href, target: "_blank", rel: "noopener noreferrer nofollow", ...attributes }, ...children);
}
