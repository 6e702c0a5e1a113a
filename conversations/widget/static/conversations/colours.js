// Adjusts the shop's accent colour so that text on it and in it has enough contrast (WCAG AA, 4.5 to 1).

function rgb(hex) {
  const short = /^#([0-9a-f])([0-9a-f])([0-9a-f])$/i.exec(hex);
  const long = /^#([0-9a-f]{2})([0-9a-f]{2})([0-9a-f]{2})$/i.exec(hex);
  if (short) return short.slice(1).map((digit) => parseInt(digit + digit, 16));
  return long ? long.slice(1).map((pair) => parseInt(pair, 16)) : null;
}

// Source of the formula: WCAG 2.2, "relative luminance".
function luminance(colour) {
  const [r, g, b] = colour.map((value) => {
    const share = value / 255;
    return share <= 0.04045 ? share / 12.92 : ((share + 0.055) / 1.055) ** 2.4;
  });
  return 0.2126 * r + 0.7152 * g + 0.0722 * b;
}

function contrast(one, other) {
  const [dark, light] = [luminance(one), luminance(other)].sort((a, b) => a - b);
  return (light + 0.05) / (dark + 0.05);
}

const WHITE = [255, 255, 255];
const INK = [17, 24, 39];

function legibleOn(background, colour) {
  const target = luminance(background) > 0.4 ? [0, 0, 0] : WHITE;
  let result = colour;
  for (let step = 0; step < 20 && contrast(result, background) < 4.5; step += 1) {
    result = result.map((value, i) => Math.round(value + (target[i] - value) * 0.12));
  }
  return result;
}

function css(colour) {
  return "rgb(" + colour.join(" ") + ")";
}

function paint(host, accentHex, dark) {
  const accent = rgb(accentHex || "") || [79, 70, 229];
  const onAccent = contrast(WHITE, accent) >= 4.5 ? WHITE : INK;
  const surface = dark ? [37, 41, 50] : [244, 245, 247]; // --soft, which has less contrast than --bg
  host.style.setProperty("--accent", css(onAccent === WHITE ? accent : legibleOn(INK, accent)));
  host.style.setProperty("--on-accent", css(onAccent));
  host.style.setProperty("--accent-text", css(legibleOn(surface, accent)));
}
