// Inline Markdown to DOM nodes. Each character that can start an element has a rule, which returns {end, nodes} or
// null. Images are never shown, HTML is shown as text, links must be allowed by links.js.
// Rules only search forward with indexOf, so hostile text takes at most quadratic time.

const INLINE_DEPTH = 5;

function inline(text, context, depth = 0) {
  const nodes = [];
  let plain = "";
  for (let at = 0; at < text.length; ) {
    const rule = depth < INLINE_DEPTH && INLINE[text[at]];
    const found = rule && rule(text, at, context, depth);
    if (found) {
      if (found.clings) plain = plain.trimEnd();
      if (plain) nodes.push(plain);
      nodes.push(...found.nodes);
      plain = "";
      at = found.end;
    } else {
      plain += text[at];
      at += 1;
    }
  }
  if (plain) nodes.push(plain);
  return nodes;
}

function escaped(text, at) {
  const next = text[at + 1];
  return next && /[!-/:-@[-`{-~]/.test(next) ? { end: at + 2, nodes: [next] } : null;
}

function codeSpan(text, at) {
  let width = 1;
  while (text[at + width] === "`") width += 1;
  const close = text.indexOf("`".repeat(width), at + width);
  if (close < 0) return { end: at + width, nodes: ["`".repeat(width)] };
  return { end: close + width, nodes: [el("code", {}, text.slice(at + width, close).trim())] };
}

function closing(text, mark, from) {
  for (let at = text.indexOf(mark, from + 1); at >= 0; at = text.indexOf(mark, at + 1)) {
    const open = /\s/.test(text[at - 1]) || (mark.length === 1 && (text[at + 1] === mark || text[at - 1] === mark));
    if (!open) return at;
  }
  return -1;
}

function wrapped(tag, mark) {
  return (text, at, context, depth) => {
    const start = at + mark.length;
    if (!text.startsWith(mark, at) || !text[start] || /\s/.test(text[start])) return null;
    let close = closing(text, mark, start);
    // While streaming, bold text that is not closed yet is shown bold, without the asterisks.
    if (close < 0 && context.streaming && mark === "**") close = text.length;
    if (close < 0) return null;
    return { end: close + mark.length, nodes: [el(tag, {}, ...inline(text.slice(start, close), context, depth + 1))] };
  };
}

const strong = wrapped("strong", "**");
const emphasis = wrapped("em", "*");
const underlined = wrapped("em", "_");
const struck = wrapped("s", "~~");

function asterisk(...args) {
  return strong(...args) || emphasis(...args);
}

function underscore(text, at, context, depth) {
  if (/[\p{L}\p{N}_]/u.test(text[at - 1] || " ")) return null;
  const found = underlined(text, at, context, depth);
  return found && !/[\p{L}\p{N}]/u.test(text[found.end] || " ") ? found : null;
}

function citationChips(text, at, context) {
  const found = /^\[(\d{1,2}(?:\s*,\s*\d{1,2})*)\]/.exec(text.slice(at, at + 40));
  if (!found || text[at + found[0].length] === "(") return null;
  const chips = found[1].split(",").map((n) => context.chip(Number(n)));
  return chips.every(Boolean) ? { end: at + found[0].length, nodes: chips, clings: true } : null;
}

// [label](address "title"); the address may contain balanced parentheses.
function linkParts(text, at) {
  const middle = text.indexOf("](", at);
  if (middle < 0 || text.slice(at + 1, middle).includes("\n\n")) return null;
  let depth = 1;
  let end = middle + 2;
  for (; end < text.length && depth && end - middle < 2000; end += 1) {
    if (text[end] === "(") depth += 1;
    if (text[end] === ")") depth -= 1;
  }
  if (depth) return null;
  const address = text.slice(middle + 2, end - 1).trim().split(/\s/)[0].replace(/^<|>$/g, "");
  return { label: text.slice(at + 1, middle), address, end };
}

function bracket(text, at, context, depth) {
  const chips = citationChips(text, at, context);
  if (chips) return chips;
  const parts = linkParts(text, at);
  if (!parts || parts.label.includes("[")) return null;
  const url = allowedUrl(parts.address, context.hosts);
  const label = inline(parts.label, { ...context, chip: () => null, hosts: new Set() }, INLINE_DEPTH - 1);
  if (url) return { end: parts.end, nodes: [anchor(url, {}, ...label)] };
  const address = parts.address && parts.address !== parts.label ? [" (" + parts.address + ")"] : [];
  return { end: parts.end, nodes: [...label, ...address] };
}

function image(text, at) {
  const parts = text[at + 1] === "[" ? linkParts(text, at + 1) : null;
  return parts ? { end: parts.end, nodes: [parts.label] } : null;
}

function bareAddress(text, at, context) {
  if (/[\p{L}\p{N}]/u.test(text[at - 1] || " ")) return null;
  const found = /^https?:\/\/[^\s<>"'`\])*]+/.exec(text.slice(at, at + 2000));
  if (!found) return null;
  const address = found[0].replace(/[.,;:!?]+$/, "");
  const url = allowedUrl(address, context.hosts);
  return url ? { end: at + address.length, nodes: [anchor(url, {}, address)] } : null;
}

function angled(text, at, context) {
  if (/^<br\s*\/?>/i.test(text.slice(at, at + 8))) return { end: text.indexOf(">", at) + 1, nodes: [el("br")] };
  const found = bareAddress(text, at + 1, context);
  return found && text[found.end] === ">" ? { end: found.end + 1, nodes: found.nodes } : null;
}

const INLINE = {
  "\\": escaped,
  "`": codeSpan,
  "*": asterisk,
  _: underscore,
  "~": struck,
  "[": bracket,
  "!": image,
  "<": angled,
  h: bareAddress,
  "\n": (_text, at) => ({ end: at + 1, nodes: [el("br")] }),
};
