"""Synonyms between customers' words and articles, in the vocabulary of customer service.

Only words that any shop or service uses; a shop's own words are in its articles. Phrases are recognised in questions,
but only single words are added to a search.
"""

from __future__ import annotations

import re
from functools import cache, lru_cache

from language.tokenizing import language_of, stem, terms

_GROUPS = {
    "en": """
ship shipping shipment send deliver delivery postage post mail dispatch courier
parcel package box shipment delivery
return returns send back give back bring back take back
refund reimburse repay money back get my money
cancel cancellation undo revoke withdraw call off by mistake
exchange swap replace replacement switch trade
broken defective damaged faulty cracked fault defect not working does not work doesn't work stopped working broke
warranty guarantee guaranteed
repair fix mend technician service
voucher gift card coupon gift certificate
discount reduction promo coupon cheaper rebate money off something off % off
sold out out of stock unavailable stock back in stock restock
invoice bill receipt
cost price fee charge pay pricing expensive rate how much
payment pay instalment
phone telephone call number hotline
contact reach support help desk talk to someone speak to someone get in touch
remove delete erase get rid of take off close
disable deactivate off turn off switch off get rid of
enable activate on turn on switch on set up
password passcode credentials
login sign-in log in sign in access get into
account profile
register sign up create an account registration
unsubscribe newsletter stop sending subscription opt out
subscription plan membership
collect pick up pickup fetch collection
lost missing disappeared never arrived gone vanished
late delayed delay overdue not arrived hasn't come
track tracking where is my follow
expire expiry vanish lapse run out valid validity
change update edit modify alter correct
address moved house relocate
delete erase remove
used second-hand pre-owned
review comment rating feedback
job career vacancy work for you hiring
company business firm office bulk wholesale
hours opening open close closing
deadline period time limit
shop store showroom branch
recycle dispose disposal throw away scrap
wrong incorrect mistaken
download export copy
two-factor 2fa verification code authenticator second factor six digit
privacy gdpr personal data
tax vat
abroad international foreign overseas customs
limit maximum quota cap
begin start
install installation mount fit set up
connect pair link bluetooth wifi
battery charge charging
error problem issue trouble fault
weekend saturday sunday
urgent fast express quick tomorrow asap
free gratis no charge complimentary
""",
    "de": """
versand lieferung zustellung schicken liefern senden porto versenden
paket sendung päckchen
rückgabe retoure zurückschicken zurücksenden zurückgeben
erstattung rückerstattung erstatten geld zurück
stornieren abbestellen widerrufen stornierung
umtausch tauschen umtauschen austauschen ersatz
kaputt defekt beschädigt
garantie gewährleistung
reparatur reparieren
gutschein geschenkkarte
rabatt ermäßigung nachlass
ausverkauft vorrätig verfügbar lager
rechnung beleg quittung
kosten preis gebühr bezahlen zahlen
telefon anrufen hotline telefonnummer
kontakt erreichen
löschen entfernen
passwort kennwort
anmelden einloggen login
konto account profil
abholen abholung
verloren weg fehlt
ändern aktualisieren
""",
    "fr": """
livraison expédition envoyer livrer envoi port
colis paquet
retour renvoyer retourner rendre
remboursement rembourser
annuler annulation
échanger échange remplacer remplacement
cassé défectueux endommagé panne
garantie
réparation réparer
bon carte cadeau coupon
réduction remise rabais promo
épuisé rupture stock
facture reçu
prix coût frais payer tarif
téléphone appeler numéro
supprimer effacer
mot de passe
connexion connecter
compte profil
perdu manquant
changer modifier
""",
    "es": """
envío enviar entrega mandar entregar
paquete pedido
devolución devolver
reembolso reembolsar
cancelar anular cancelación
cambiar cambio reemplazar
roto defectuoso dañado averiado
garantía
reparación reparar arreglar
vale tarjeta regalo cupón
descuento rebaja promoción
agotado existencias
factura recibo
precio coste costo pagar tarifa
teléfono llamar número
eliminar borrar
contraseña clave
acceder entrar sesión
cuenta perfil
perdido falta
""",
}

# Phrases of several words, listed separately because a line above mixes words and phrases.
_PHRASES = (
    "send back|give back|bring back|take back|money back|get my money|call off|by mistake|not working|does not work"
    "|doesn't work|stopped working|gift card|gift certificate|money off|something off|% off|sold out|out of stock"
    "|back in stock|how much|help desk|talk to someone|speak to someone|get in touch|get rid of|take off|turn off"
    "|switch off|turn on|switch on|set up|log in|sign in|get into|sign up|create an account|stop sending|opt out"
    "|pick up|never arrived|not arrived|hasn't come|where is my|run out|moved house|work for you|throw away"
    "|time limit|second factor|six digit|verification code|personal data|no charge|geld zurück|carte cadeau"
    "|mot de passe|tarjeta regalo"
)
_PHRASE = re.compile(rf"(?<!\w)(?:{_PHRASES})(?!\w)")

# A verb and its particle are one phrase, even with words in between: "sending my order back".
_PARTICLES = frozenset(("back", "off", "up", "out", "away", "on", "rid"))
_WORDS_BETWEEN = 3
_IRREGULAR = {
    "sent": "send", "gave": "give", "given": "give", "brought": "bring", "took": "take", "taken": "take",
    "got": "get", "threw": "throw", "thrown": "throw", "ran": "run",
}  # fmt: skip
_WORD = re.compile(r"[^\W_]+(?:['’][^\W_]+)*")


@cache
def _groups(language: str) -> dict[str, tuple[str, ...]]:
    """Map each stem or phrase to the stems of its single-word synonyms."""
    groups: dict[str, list[str]] = {}
    for line in _GROUPS.get(language, "").strip().splitlines():
        phrases = _PHRASE.findall(line)
        words = [stem(word, language) for word in _PHRASE.sub(" ", line).split()]
        for key in (*words, *phrases):
            groups.setdefault(key, []).extend(word for word in words if word != key)
    return {key: tuple(dict.fromkeys(words)) for key, words in groups.items()}


@cache
def _phrasal_verbs() -> tuple[tuple[str, str, str], ...]:
    """Return (stem of the verb, particle, phrase) of each separable two-word phrase."""
    pairs = (phrase.split() for phrase in _PHRASES.split("|"))
    return tuple(
        (stem(pair[0], "en"), pair[1], " ".join(pair)) for pair in pairs if len(pair) == 2 and pair[1] in _PARTICLES
    )


@lru_cache(maxsize=1_000)
def phrases(text: str) -> tuple[str, ...]:
    """Return the listed phrases in a question, in any verb form and with words in between."""
    text = text.casefold()
    result = list(_PHRASE.findall(text))
    words = [_IRREGULAR.get(word, word) for word in _WORD.findall(text)]
    stems = [stem(word, "en") for word in words]
    for verb, particle, phrase in _phrasal_verbs():
        places = [at for at, each in enumerate(stems) if each == verb]
        if any(particle in words[at + 1 : at + 2 + _WORDS_BETWEEN] for at in places):
            result.append(phrase)
    return tuple(dict.fromkeys(result))


def alternatives(text: str, locale: str) -> dict[str, tuple[str, ...]]:
    """Return the terms and phrases of a question that have synonyms, with these."""
    groups = _groups(language_of(locale))
    within = parts_of_phrases(text, locale)
    keys = [*(term for term in terms(text, locale) if term not in within), *phrases(text)]
    return {key: groups[key] for key in keys if key in groups}


def parts_of_phrases(text: str, locale: str) -> frozenset[str]:
    """Return the terms that mean something else within a phrase: "send" and "back" are not about sending."""
    inside = {term for phrase in phrases(text) for term in terms(phrase, locale)}
    return frozenset(inside | {past for past, verb in _IRREGULAR.items() if verb in inside})
