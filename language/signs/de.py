"""German. Letters have no marks: "ä" is "a", "ß" is "ss"."""

from language.signs.form import Signs, any_of, pattern

ME = r"(?:ich|man|wir|jemand)"
YOU = r"(?:ihr|sie|du)"
MY = r"(?:mein|meine|meinen|meinem|meiner|meines|unser|unsere|unseren|unserem|unserer)"
MAY = any_of("kann konnen konnte darf durfen muss mussen soll sollte sollen konnten")
ACTS = any_of(
    """storniere stornier stornieren andere andern ander sende senden schick schicke schicken losche loschen buche
    buchen bestelle bestellen kundige kundigen sperre sperren entsperre entsperren erstatte erstatten uberweise
    uberweisen zahle zahlen aktualisiere aktualisieren aktiviere aktivieren deaktiviere verschiebe verschieben
    reserviere reservieren stell stelle stellen mach mache machen gib geben ruf rufe rufen verbinde verbinden trag
    trage tragen nimm nehmen setze setzen prufe prufen prufe check schau schauen sag sagen zeig zeige zeigen erinnere
    spiel spiele hol bring leite leiten stopp stoppe entferne entfernen fuge erhohe reduziere bestatige bestatigen
    ubersetze"""
)
SHOP_DOES = any_of(
    """liefert liefern versendet versenden verschickt verschicken schickt akzeptiert akzeptieren nehmt nehmen bietet
    bieten habt haben verkauft verkaufen repariert reparieren berechnet berechnen erstattet erstatten macht machen
    nutzt nutzen verwendet verwenden gewahrt gewahren holt holen fuhrt fuhren unterstutzt unterstutzen"""
)
TERMS = any_of(
    """frist fristen versandkosten kosten gebuhr gebuhren bedingungen voraussetzungen regeln richtlinie richtlinien
    garantie gewahrleistung adresse telefonnummer offnungszeiten zeiten lieferzeit lieferzeiten lander zahlungsarten
    zahlungsmethoden zahlungsmoglichkeiten moglichkeiten grosse grossen masse gewicht material materialien unterschied
    unterschiede dauer hochstbetrag mindestbestellwert limit limits grenze grenzen rabatt rabatte ausnahmen unterlagen
    optionen wahrungen einstellungen funktion funktionen anforderungen vorteile nachteile schritte zweck bedeutung
    reichweite leistung"""
)

SIGNS = Signs(
    greeting=pattern(
        r"^(?:hallo|hi|hey|moin|servus|guten (?:tag|morgen|abend)|gruss gott|liebes \w+|sehr geehrte \w+ und herren|"
        r"entschuldigung|entschuldigen sie|sorry|kurze frage|eine frage|bitte|danke|vielen dank)(?: (?:zusammen|"
        r"liebes team|alle|team))?\b",
    ),
    act=pattern(
        rf"^(?:kannst|konnen|konntest|konnten|wurdest|wurden|wollen) {YOU}\b",
        rf"^(?:bitte |dann |jetzt )?{ACTS} (?:sie |bitte |mir |uns |mich )?(?!ihr\b|ich\b|man\b)",
        r"^(?:ich|wir) (?:mochte|mochten|will|wollen|wurde|hatte|brauche|brauchen|muss|mussen)\b",
        rf"\b(?:und|dann|aber) {ACTS} (?:sie |bitte )?(?:{MY}|die|den|das|es|mir|mich)\b",
    ),
    live=pattern(
        rf"\b(?:wo|wann|warum|wieso|weshalb|ist|sind|war|waren|wurde|wurden|wird|werden|hat|haben|hatte|ob) "
        rf"(?:ist |sind |bleibt |bleiben |kommt |kommen |wird |wurde |hat |bekomme ich |erhalte ich )?{MY}\b",
        rf"\b(?:wann|wo|ob) (?:bekomme|erhalte|kommt|kriege) (?:ich|wir)? ?(?:{MY}|die|das|den)\b",
        r"\b\w*(?:status|kontostand|stand der|sendungsverfolgung|verspatung|neuigkeiten|storung|stau|wetter)\b",
        r"\b(?:auf lager|vorratig|ausverkauft|lieferbar|in der nahe|nachstgelegene\w*)\b",
        r"\bhabt ihr (?:\w+ )?(?:mein|unser)\w*\b|\bhaben sie (?:\w+ )?(?:mein|unser)\w*\b",
    ),
    passing=pattern(
        r"\b(?:heute|heutige\w*|morgen|gestern|jetzt|grad|grade|gerade|aktuell\w*|derzeit\w*|momentan\w*|zurzeit|"
        r"zur zeit|im moment|"
        r"neueste\w*|kurzlich|noch|schon|bereits|bald|bisher|inzwischen|gegenwartig\w*|nachrichten|vorhersage)\b",
        r"\b(?:diese\w*|nachste\w*|letzte\w*|kommende\w*|vergangene\w*) (?:woche\w*|monat\w*|jahr\w*|wochenende|"
        r"tage?\w*|"
        r"sommer|winter|fruhling|herbst|saison|spiel|wahl|mal|\w+tag|abend|nacht)\b",
        r"^wer (?:ist|sind|war|hat|fuhrt|leitet|regiert|besitzt|gewann)\b",
        r"\b(?:prasident\w*|kanzler\w*|burgermeister\w*|geschaftsfuhrer\w*|vorstandsvorsitzende\w*|ceo|minister\w*|"
        r"trainer\w*|"
        r"weltmeister\w*|konig\w*|papst|grosste\w*|hochste\w*|langste\w*|schnellste\w*|meiste\w*|einwohner\w*|"
        r"rekord\w*)\b",
    ),
    own=pattern(rf"\b(?:ich|mich|mir|wir|uns|meins|meiner|{MY})\b"),
    anybody=pattern(
        rf"\b{MAY} {ME}\b|\b(?:wenn|falls|sobald|nachdem|bevor|ehe|sofern) {ME}\b",
        r"\b(?:brauche|benotige|bekomme|erhalte|zahle|bezahle) ich (?:ein\w*|dafur|fur|extra|zusatzlich)\b|"
        r"\bhabe ich zeit\b",
        r"^(?:was|wie) (?:mache|tue|gehe) ich\b",
    ),
    the_way=pattern(
        rf"^(?:wie|wo|womit|wodurch|auf welche\w* weise) {MAY} {ME}\b(?!.{{0,40}}\b(?:sehen|wissen|erfahren|"
        rf"herausfinden|ob)\b)",
        r"^(?:wie|wo) (?!(?:viel|lange|oft|hoch|weit)\b)\w+e ich\b(?!.{0,40}\b(?:ob|wann)\b)",
        r"^wie geht (?:das|die|der|man|eine?)\b|^welche schritte\b|^was (?:muss|soll|sollte|kann) (?:ich|"
        r"man) (?:tun|machen)\b",
    ),
    the_way_mine=pattern(rf"\b{MY}\b(?!.{{0,12}}\b(?:passwort|kennwort)\b)"),
    general=pattern(
        rf"^(?:wohin |wann |wie |womit |welche\w* \w+ |in welche\w* lander |ab wann )?{SHOP_DOES} {YOU}\b",
        r"^gibt es (?:ein\w*|kein\w*|bei|fur|einen)\b",
        rf"^{MAY} {ME}\b|^(?:brauche|benotige) ich\b|^(?:braucht|benotigt) man\b|^{MAY} (?:der|die|das|ein|eine) \w+",
        r"^wie lange (?:dauert|dauern|habe ich zeit|kann|konnen|ist|sind|gilt|gelten|halt|halten|lauft|darf)\b",
        rf"^(?:wie (?:viel|viele|hoch|schwer|gross|lang|breit|oft|schnell)|wieviel\w*) (?:\w+ ){{0,3}}?(?:ist|sind|"
        rf"dauert|darf|"
        rf"kann|muss|wiegt|passt|passen|{MAY})\b",
        r"^(?:wie schnell|wohin|womit|wodurch) \w+ (?:die|der|das|ein|eine|ihr|sie|man)\b",
        r"^was (?:bedeutet|heisst|passiert|gilt|ist (?:ein|eine|enthalten|versichert|erlaubt|der unterschied)|sind die|"
        r"mache ich|tue ich|tun)\b",
        rf"^(?:was|wie|wo|welche\w*) (?:ist|sind|lauten?) (?:die|der|das|eure?|ihre?|euer|"
        rf"ihr) (?:\w+ ){{0,2}}{TERMS}\b",
        rf"^welche\w* (?:\w+ )?{TERMS}\b",
        r"^(?:bis wann|ab wann|innerhalb welcher frist|in welcher frist|wann) (?:muss|kann|darf|habt|haben|hat|"
        r"offnet|schliesst"
        r"|ist (?:der|die|das) (?:laden|geschaft|hotline|chat|support|service))\b",
        r"^wer (?:zahlt|bezahlt|tragt|ubernimmt|haftet|darf|kann)\b|^warum (?:ist|sind|muss|braucht|"
        r"verlangt) (?:der|die|das|ein"
        r"|eine|ihr|man)\b",
        r"^(?:ist|sind) (?:der|die|das|ein|eine|es) (?:\w+ ){0,5}(?:kostenlos|kostenfrei|gratis|moglich|erlaubt|"
        r"enthalten|"
        r"versichert|inklusive|notig|notwendig|erforderlich|verboten|sicher|kompatibel|\w+bar|\w+fest|\w+dicht|"
        r"geeignet)\b",
    ),
    price=pattern(r"\b(?:preis\w*|kostet|kosten|teuer|was kostet|gebuhr\w*|wechselkurs\w*|zinssatz)\b"),
    person=pattern(
        r"\b(?:mit|an) (?:einem |einen |einer |eine )?(?:\w+ )?(?:menschen?|mitarbeiter\w*|person|berater\w*|jemandem?|"
        r"kundenberater\w*) (?:\w+ )?(?:sprechen|reden|schreiben|verbinden|chatten|weiterleiten)\b"
    ),
)
