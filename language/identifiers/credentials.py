"""Find passwords and PINs after words that introduce them, and API keys by their formats."""

from __future__ import annotations

import re
from collections.abc import Iterator

from language.identifiers.found import Found, Kind, is_numbered_by_the_shop

_WORDS = (
    r"password|passwords|passcode|passphrase|pass word|pwd|pin|pin code|pin number|passwort|kennwort|geheimzahl|"
    r"mot de passe|code pin|code secret|contraseña|contrasena|clave|password|parola d'ordine|wachtwoord|pincode|hasło|"
    r"senha|palavra-passe|lösenord|adgangskode|salasana|login code|security code|one-time code|otp|verification code|"
    r"bestätigungscode|sicherheitscode|tan|code de vérification|cvv2?|cvc2?|security question|kod pin"
)
_LINK = r"(?:is|was|are|were|ist|war|lautet|est|es|era|è|jest|é|är|er|on)"
_SAID = re.compile(
    rf"\b(?:{_WORDS})\b(?: (?:for|of|to|für|von|pour|de|del|per|voor|do|is for) [\w' -]{{1,30}}?)??"
    rf"(?:\s{{0,3}}[:=]\s{{0,3}}|\s{{1,3}}{_LINK}\s{{0,2}}:?\s{{1,3}}|\s{{1,3}}(?=[\"'`\u201c\u201e\u2018]|\d{{3,8}}(?!\w)))",
    re.IGNORECASE,
)
_QUOTED = re.compile(
    r"[\"'`\u201c\u201e\u2018\u00ab]([^\"'`\u201c\u201d\u201e\u2018\u2019\u00bb\n]{1,60})[\"'`\u201d\u201c\u2019\u00bb]"
)
_TOKEN = re.compile(r"\S{3,80}")
_DIGIT_WORDS = (
    r"zero|oh|one|two|three|four|five|six|seven|eight|nine|double|triple|null|eins|zwei|zwo|drei|vier|fünf|sechs|sieben|"
    r"acht|neun|zéro|un|deux|trois|quatre|cinq|sept|huit|neuf|cero|uno|dos|tres|cuatro|cinco|seis|siete|ocho|nueve|due|"
    r"tre|quattro|cinque|sei|sette|otto|nove|nul|een|één|twee|drie|vijf|zes|zeven|negen|jeden|dwa|trzy|cztery|pięć|sześć|"
    r"siedem|osiem|dziewięć"
)
_SPELT = re.compile(rf"(?:{_DIGIT_WORDS})(?:[ ,-]{{1,2}}(?:{_DIGIT_WORDS}|\d)){{2,11}}(?!\w)", re.IGNORECASE)
# Words that describe a password and are not one.
_STATES = """
    not no wrong incorrect invalid correct right the a an too very so also still always never now longer required
    needed necessary expired lost gone forgotten missing being getting unknown rejected refused accepted denied blocked
    locked reset changed different same weak strong short long empty visible hidden safe secure saved stored sent shown
    asked that this what where how my your our set case only really just unable broken working stuck optional for in on
    at to from with by when if because since
    nicht falsch richtig ungültig abgelaufen weg vergessen zu kein keine das der die ein eine mein immer noch gesperrt
    nötig sicher bekannt verloren erforderlich korrekt unbekannt
    pas incorrect faux incorrecte oublié trop le la un une mon refusé perdu expiré invalide bon
    incorrecta mala el olvidada demasiado caducada inválida errata sbagliata non il dimenticata scaduta
    niet fout onjuist verlopen vergeten te het een mijn verkeerd nie złe błędne wygasło nieprawidłowe za errada não
"""
_NO_PASSWORD = frozenset(_STATES.split())
_KEYS = re.compile(
    r"(?<![\w-])(?:sk|pk|rk)[-_](?:live|test|proj|ant|or|svcacct)[-_][\w-]{12,200}|(?<![\w-])sk-[A-Za-z0-9]{20,200}"
    r"|(?<!\w)(?:gh[pousr]_[A-Za-z0-9]{20,255}|github_pat_\w{20,255}|glpat-[\w-]{16,64}|hf_[A-Za-z0-9]{20,64}|"
    r"xox[abeoprs]-[\w-]{10,250}|xapp-[\w-]{10,250}|SG\.[\w-]{16,32}\.[\w-]{16,64}|AIza[\w-]{35}|ya29\.[\w-]{20,500}|"
    r"(?:AKIA|ASIA|AGPA|AIDA|AROA)[A-Z0-9]{16}|whsec_[A-Za-z0-9+/=]{16,100}|npm_[A-Za-z0-9]{30,60}|"
    r"dop_v1_[a-f0-9]{40,80}|shp(?:at|ca|pa|ss)_[a-fA-F0-9]{24,64}|bk_[A-Za-z0-9_-]{20,100})(?!\w)"
    r"|(?<!\w)eyJ[\w-]{8,2000}\.[\w-]{4,4000}\.[\w-]{4,1000}"
    r"|-----BEGIN [A-Z ]{0,30}PRIVATE KEY-----[^-]{0,8000}(?:-----END [A-Z ]{0,30}PRIVATE KEY-----)?"
)
_NAMED_KEY = re.compile(
    r"\b(?:api[ _-]?key|api[ _-]?token|access[ _-]?token|auth[ _-]?token|secret[ _-]?key|client[ _-]?secret|bearer|"
    r"secret|token|licen[cs]e key|product key|activation (?:key|code)|lizenzschlüssel|api-schlüssel|clé api|"
    r"clave api)\b"
    rf"(?:\s{{0,3}}[:=]\s{{0,3}}|\s{{1,3}}(?:{_LINK}\s{{1,3}}:?\s{{0,2}})?)"
    r"[\"'`]?(?=[\w+/=.-]{0,60}\d)([\w+/=.-]{12,500})",
    re.IGNORECASE,
)
_IN_A_URL = re.compile(r"(?<=://)[^\s/:@]{1,60}:([^\s/@]{1,100})(?=@)")
_LONG_TOKEN = re.compile(
    r"(?<![\w/+=.-])(?=[\w-]{0,100}\d)(?=[\w-]{0,100}[a-z])(?=[\w-]{0,100}[A-Z])[A-Za-z0-9_-]{20,200}(?![\w/+=-])"
)
_GOES_ON = re.compile(r" [a-zäöüéà]")
_ENDS_VALUE = ".,;:?)\"'"


def passwords(text: str) -> Iterator[Found]:
    for match in _SAID.finditer(text):
        if is_numbered_by_the_shop(text, match.start()):
            continue
        link = match.group().rstrip()
        if link.lower().endswith((" on", " er", " to")) and not text[match.end() : match.end() + 1].isdigit():
            continue
        span = _said_value(text, match.end(), is_named=link[-1:] in ":=")
        if span:
            yield Found(*span, Kind.PASSWORD)


def _said_value(text: str, start: int, *, is_named: bool) -> tuple[int, int] | None:
    """Return the position of the password that begins at `start`, or None if the text there is something else."""
    if quoted := _QUOTED.match(text, start):
        return quoted.span(1)
    if spelt := _SPELT.match(text, start):
        return spelt.span()
    if not (token := _TOKEN.match(text, start)):
        return None
    value = token.group().rstrip(_ENDS_VALUE)
    if len(value) < 3 or value.lower() in _NO_PASSWORD:
        return None
    looks_made_up = any(not character.isalpha() for character in value) or not (value.islower() or value.istitle())
    ends_here = is_named or not (value.endswith("ed") or _GOES_ON.match(text, start + len(value)))
    return (start, start + len(value)) if looks_made_up or ends_here else None


def keys(text: str) -> Iterator[Found]:
    for pattern in (_KEYS, _NAMED_KEY, _IN_A_URL, _LONG_TOKEN):
        for match in pattern.finditer(text):
            start, end = match.span(match.lastindex or 0)
            yield Found(start, start + len(text[start:end].rstrip(".,")), Kind.KEY)
