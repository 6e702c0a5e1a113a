// The URLs that an answer may link to: on hosts of its sources, of this page, and those the shop allows.
// Others are shown as text, so that an answer cannot send visitors or data to other sites.

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

// A URL that contains another URL is not linked, because an allowed host may have an open redirect.
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
