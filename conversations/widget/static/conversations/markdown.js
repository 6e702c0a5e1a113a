// Markdown blocks to DOM nodes: paragraphs, headings, lists, tables, quotes, code.

const BLOCK_DEPTH = 6;
const MARKDOWN_MAX_CHARS = 20000; // longer texts are shown unformatted
const ITEM = /^(\s*)([-*+]|\d{1,9}[.)])\s+(.*)$/;
const FENCE = /^\s{0,3}(`{3,}|~{3,})/;
const HEADING = /^\s{0,3}(#{1,6})\s+(.*)$/;
const RULE = /^\s{0,3}([-*_])(\s*\1){2,}\s*$/;
const QUOTE = /^\s{0,3}>\s?/;
const TABLE_LINE = /^\s*\|?\s*:?-+:?\s*(\|\s*:?-+:?\s*)*\|?\s*$/;

// `context`: {hosts: Set of hosts that may be linked, chip: number -> node or null, streaming: bool}.
function markdown(text, context) {
  const fragment = document.createDocumentFragment();
  if (text.length > MARKDOWN_MAX_CHARS) fragment.append(el("p", {}, text));
  else fragment.append(...blocks(text.replace(/\r\n?/g, "\n").split("\n"), context, 0));
  return fragment;
}

function blocks(lines, context, depth) {
  const nodes = [];
  for (let at = 0; at < lines.length; ) {
    if (!lines[at].trim()) {
      at += 1;
      continue;
    }
    const taken = depth < BLOCK_DEPTH ? block(lines, at, context, depth) : paragraph(lines, at, context);
    nodes.push(taken.node);
    at = taken.end;
  }
  return nodes;
}

function block(lines, at, context, depth) {
  const line = lines[at];
  const heading = HEADING.exec(line);
  if (heading) return { node: el("h4", {}, ...inline(heading[2], context)), end: at + 1 };
  if (FENCE.test(line)) return fenced(lines, at);
  if (RULE.test(line)) return { node: el("hr"), end: at + 1 };
  if (QUOTE.test(line)) return quoted(lines, at, context, depth);
  if (ITEM.test(line)) return list(lines, at, context, depth);
  if (startsTable(lines, at)) return table(lines, at, context);
  return paragraph(lines, at, context);
}

function startsBlock(lines, at) {
  const line = lines[at];
  return HEADING.test(line) || FENCE.test(line) || RULE.test(line) || QUOTE.test(line) || ITEM.test(line);
}

function startsTable(lines, at) {
  const next = lines[at + 1] || "";
  return lines[at].includes("|") && next.includes("-") && next.length < 500 && TABLE_LINE.test(next);
}

function paragraph(lines, at, context) {
  let end = at + 1;
  while (end < lines.length && lines[end].trim() && !startsBlock(lines, end)) end += 1;
  const text = lines.slice(at, end).map((line) => line.trim()).join("\n");
  return { node: el("p", { dir: "auto" }, ...inline(text, context)), end };
}

function fenced(lines, at) {
  const mark = FENCE.exec(lines[at])[1];
  let end = at + 1;
  while (end < lines.length && !lines[end].trim().startsWith(mark)) end += 1;
  const code = lines.slice(at + 1, end).join("\n");
  return { node: el("pre", { tabindex: "0" }, el("code", {}, code)), end: end + 1 };
}

function quoted(lines, at, context, depth) {
  let end = at;
  while (end < lines.length && QUOTE.test(lines[end])) end += 1;
  const inner = lines.slice(at, end).map((line) => line.replace(QUOTE, ""));
  return { node: el("blockquote", {}, ...blocks(inner, context, depth + 1)), end };
}

function indentOf(line) {
  return line.length - line.trimStart().length;
}

// An item consists of its first line and the deeper indented lines below; its paragraph may continue without indent.
function item(lines, at) {
  const [, indent, mark, first] = ITEM.exec(lines[at]);
  const inner = [first];
  let end = at + 1;
  for (; end < lines.length; end += 1) {
    const line = lines[end];
    const deeper = indentOf(line) > indent.length;
    const goesOn = line.trim() && lines[end - 1].trim() && !startsBlock(lines, end);
    if (line.trim() ? !deeper && !goesOn : !(lines[end + 1] && indentOf(lines[end + 1]) > indent.length)) break;
    inner.push(line.slice(Math.min(indentOf(line), indent.length + mark.length + 1)));
  }
  return { inner, end };
}

function list(lines, at, context, depth) {
  const [, indent, mark] = ITEM.exec(lines[at]);
  const ordered = /\d/.test(mark);
  const node = ordered ? el("ol", { start: parseInt(mark, 10) }) : el("ul");
  for (let end = at; ; ) {
    const taken = item(lines, end);
    node.append(el("li", { dir: "auto" }, ...tight(blocks(taken.inner, context, depth + 1))));
    end = taken.end;
    let next = end;
    while (next < lines.length && !lines[next].trim()) next += 1;
    const another = next < lines.length && ITEM.exec(lines[next]);
    if (!another || another[1].length !== indent.length || /\d/.test(another[2]) !== ordered) return { node, end };
    end = next;
  }
}

function tight(nodes) {
  const [first, ...rest] = nodes;
  return first && first.tagName === "P" ? [...first.childNodes, ...rest] : nodes;
}

function cells(line) {
  return line.trim().replace(/^\||\|$/g, "").split(/(?<!\\)\|/).map((cell) => cell.trim());
}

function row(line, tag, context) {
  return el("tr", {}, ...cells(line).map((cell) => el(tag, { dir: "auto" }, ...inline(cell, context))));
}

function table(lines, at, context) {
  const body = el("tbody");
  let end = at + 2;
  for (; end < lines.length && lines[end].includes("|"); end += 1) body.append(row(lines[end], "td", context));
  const node = el("table", {}, el("thead", {}, row(lines[at], "th", context)), body);
  return { node: el("div", { class: "table", tabindex: "0" }, node), end };
}
