"""Detect automatic mail, which is never answered, so that two programs do not write to each other forever.

See RFC 3834.
"""

from __future__ import annotations

import re
from collections.abc import Mapping
from typing import Any

# Complete first words of a local part.
_PROGRAMS = re.compile(
    r"(?:mailer[-_.]?daemon|postmaster|daemon|(?:do[-_.]?)?not?[-_.]?reply|nao[-_.]?responda|ne[-_.]?pas[-_.]?repondre"
    r"|nicht[-_.]?antworten|bounces?|auto[-_.]?(?:reply|responder|mailer)|notifications?|listserv|majordomo)"
    r"(?:[-+_.][\w.=+-]{0,120})?@",
    re.I,
)
# So specific that no customer writes them: "Undelivered parcel" is a complaint.
_SUBJECTS = re.compile(
    r"(?:\[?auto(?:matic|mated)?[-\s_]?(?:reply|response|responder)\b|"
    r"out of (?:the )?office(?:\s*\Z|\s*[:(!,.–-]|\s+(?:auto|reply|message|notification|until|till|from|response))|"
    r"vacation (?:reply|response|message|notice)|i am (?:currently )?out of (?:the )?office|on annual leave|"
    r"automatische (?:antwort|abwesenheits)|abwesenheits(?:notiz|meldung|nachricht|assistent)|abwesend:|"
    r"ich bin (?:derzeit )?nicht im (?:büro|haus)|"
    r"r[ée]ponse automatique|absence du bureau|absent[ (]?e?\)? du bureau|message d'absence|"
    r"respuesta autom[áa]tica|fuera de (?:la )?oficina|risposta automatica|fuori (?:sede|ufficio)\b|"
    r"automatisch antwoord|afwezigheids|resposta autom[áa]tica|fora do escrit[óo]rio|odpowied[źz] automatyczna|"
    r"automatyczna odpowied|autosvar|automaattinen vastaus|автоматический ответ|自动回复|自動応答|"
    r"undelivered mail returned|undeliverable:|delivery status notification|mail delivery (?:failed|system|subsystem)|"
    r"delivery has failed to these|returned mail:|failure notice\s*\Z|unzustellbar:|non remis\s?:|"
    r"échec de (?:la )?remise|no se puede entregar:|mancato recapito|onbestelbaar:)",
    re.I,
)
_REPLY_MARKS = re.compile(r"(?:\s{0,3}(?:re|aw|wg|fw|fwd|antw|sv|tr|rv|odp)\s?:)+\s{0,3}", re.I)
HEADER_MAX_CHARS = 300


def is_automatic(headers: Any = None, sender: str = "", subject: str = "") -> bool:
    """Return whether a program sent this, by the mail's headers if available, else by its sender and subject."""
    pairs = headers.items() if isinstance(headers, Mapping) else ()
    values = {str(name).lower().replace("_", "-"): str(value)[:HEADER_MAX_CHARS].lower() for name, value in pairs}
    return _is_automatic_by_headers(values) or looks_automatic(
        sender or values.get("from", ""), subject or values.get("subject", "")
    )


def looks_automatic(sender: str, subject: str) -> bool:
    address = sender[:HEADER_MAX_CHARS].rpartition("<")[2].strip(" >\"'")
    plain = subject[:HEADER_MAX_CHARS].strip()
    if marks := _REPLY_MARKS.match(plain):
        plain = plain[marks.end() :]
    return address == "" != sender.strip() or bool(_PROGRAMS.match(address) or _SUBJECTS.match(plain))


def _is_automatic_by_headers(values: Mapping[str, str]) -> bool:
    if values.get("auto-submitted", "no").split(";")[0].strip() not in ("", "no"):
        return True
    if values.get("precedence", "").strip() in ("bulk", "junk", "list", "auto_reply"):
        return True
    if any(word in values.get("x-auto-response-suppress", "") for word in ("all", "autoreply", "oof")):
        return True
    names = (
        "x-autoreply",
        "x-autorespond",
        "x-autoresponder",
        "x-auto-reply-from",
        "x-failed-recipients",
        "x-loop",
        "list-id",
    )
    if any(values.get(name, "no").strip() not in ("", "no", "false") for name in names):
        return True
    return values.get("return-path", "").strip() == "<>" or "multipart/report" in values.get("content-type", "")
