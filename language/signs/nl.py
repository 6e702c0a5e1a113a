"""Dutch. Letters have no marks: "ë" is "e"."""

from language.signs.form import Signs, any_of, pattern

ME = r"(?:ik|men|we|wij|iemand)"
YOU = r"(?:jullie|u|je|jij)"
MY = r"(?:mijn|m'n|onze|ons)"
MAY = any_of("kan kunnen mag mogen moet moeten zou zouden kun")
SHOP_DOES = any_of(
    """leveren levert verzenden verzendt accepteren accepteert bieden biedt hebben heeft hebt verkopen verkoopt
    repareren repareert nemen neemt rekenen rekent vergoeden vergoedt sturen stuurt bezorgen bezorgt doen doet
    gebruiken gebruikt"""
)
TERMS = any_of(
    """termijn termijnen kosten verzendkosten voorwaarden regels beleid garantie adres openingstijden tijden levertijd
    levertijden landen betaalmethoden betaalmogelijkheden opties maat maten afmetingen gewicht materiaal materialen
    verschil verschillen duur limiet limieten bedrag korting kortingen uitzonderingen documenten valuta functies
    vereisten voordelen stappen procedure capaciteit bereik temperatuur telefoonnummer nummer soorten"""
)

SIGNS = Signs(
    greeting=pattern(
        r"^(?:hallo|hoi|hey|goedemorgen|goedemiddag|goedenavond|dag|sorry|een vraag|vraagje|korte vraag|bedankt|"
        r"dank u)(?: (?:allemaal|team))?\b",
    ),
    act=pattern(
        rf"^(?:kun|kunt|kan|kunnen|wil|wilt|willen|zou|zouden) {YOU}\b",
        r"^(?:graag |nu )?(?:annuleer|wijzig|verander|stuur|verwijder|boek|bestel|blokkeer|deblokkeer|betaal|"
        r"activeer|bel|zet|maak|"
        r"geef|zeg|controleer|voeg|bevestig|help|zoek|toon|herinner|vertaal|sluit|open|verplaats|verhoog|verlaag|stop) "
        r"(?!(?:jullie|u|ik)\b)",
        r"^(?:ik|wij|we) (?:wil|willen|zou|zouden|heb|moet|ga|gaan)\b",
    ),
    live=pattern(
        rf"\b(?:waar|wanneer|waarom|is|zijn|was|werd|heeft|hebben|of) (?:is |zijn |blijft |blijven |komt |komen |"
        rf"wordt |krijg ik )?{MY}\b",
        r"\b(?:status|saldo|vertraging|nieuws|storing|file|files|weer) (?:van|over|in|op|bij)\b",
        r"\b(?:op voorraad|uitverkocht|leverbaar|beschikbaar|in de buurt|dichtstbijzijnde)\b",
        r"\b(?:hebben|heeft) (?:jullie|u) (?:\w+ )?(?:mijn|onze|ontvangen|verzonden)\b",
    ),
    passing=pattern(
        r"\b(?:vandaag|morgen|gisteren|nu|momenteel|huidige?|op dit moment|recent\w*|onlangs|laatste|nieuwste|nog|"
        r"al|binnenkort|"
        r"tegenwoordig|nieuws|volgende|komende|afgelopen)\b|\bdeze (?:week|maand|zomer|winter|ochtend|avond|keer)\b|"
        r"\bdit jaar\b",
        r"^wie (?:is|zijn|was|heeft|leidt|won|bezit)\b",
        r"\b(?:president\w*|premier|minister\w*|burgemeester|directeur|ceo|trainer|kampioen\w*|koning\w*|paus|"
        r"grootste|hoogste|"
        r"langste|snelste|meeste|inwoners|record\w*)\b",
    ),
    own=pattern(rf"\b(?:ik|mij|me|wij|we|ons|'k|{MY})\b"),
    anybody=pattern(
        rf"\b{MAY} {ME}\b|\b(?:als|wanneer|indien|nadat|voordat|zodra) {ME}\b|\bheb ik (?:een|nodig|de tijd)\b|"
        rf"\bhoeveel tijd heb ik\b"
    ),
    the_way=pattern(
        rf"^(?:hoe|waar|waarmee) {MAY} {ME}\b(?!.{{0,40}}\b(?:zien|weten|of)\b)",
        r"^hoe (?!(?:lang|veel|vaak|laat|ver)\b)\w+ ik\b(?!.{0,40}\b(?:of|wanneer)\b)|^wat moet ik doen\b|"
        r"^welke stappen\b",
    ),
    the_way_mine=pattern(rf"\b{MY}\b(?! wachtwoord)"),
    general=pattern(
        rf"^(?:waarheen |wanneer |hoe |naar welke landen |welke \w+ )?{SHOP_DOES} {YOU}\b",
        rf"^(?:is|zijn) er (?:een|geen|kosten|extra|beperkingen|kortingen|limieten)\b|^{MAY} {ME}\b|^heb ik (?:een|"
        rf"nodig)\b",
        r"^hoe ?lang (?:duurt|duren|heb ik|kan|is|zijn|geldt|mag|gaat|blijft)\b|^binnen hoeveel (?:dagen|weken)\b",
        r"^(?:hoeveel|hoe zwaar|hoe groot|hoe vaak|hoe snel|hoe breed) (?:\w+ ){0,2}?(?:is|zijn|duurt|mag|kan|weegt|"
        r"past|passen|kost)\b",
        rf"^(?:wat|welke|hoe) (?:is|zijn|luiden) (?:de|het|jullie|uw) (?:\w+ ){{0,2}}{TERMS}\b|"
        rf"^welke (?:\w+ )?{TERMS}\b",
        r"^wat (?:betekent|gebeurt er als|dekt|is (?:een|inbegrepen)|kost|kosten|moet ik doen als)\b",
        r"^wie (?:betaalt|mag|kan|moet)\b|^waarom (?:moet|is|zijn|vragen) (?:de|het|een|jullie)\b",
        r"^(?:hoe laat|wanneer|tot wanneer|op welke dagen|vanaf wanneer) (?:gaan|zijn|is|kan|mag|sluit|"
        r"opent) (?:jullie|de|ik|u)\b",
        r"^(?:is|zijn) (?:de|het|een) (?:\w+ ){0,5}(?:gratis|mogelijk|toegestaan|inbegrepen|verzekerd|verplicht|"
        r"nodig|waterdicht|"
        r"geschikt|compatibel|\w+baar)\b",
    ),
    price=pattern(r"\b(?:prijs|prijzen|kost|kosten|duur|tarief|tarieven|wisselkoers)\b"),
    person=pattern(
        r"\b(?:met|aan) (?:een |iemand)?(?:\w+ )?(?:mens|medewerker|persoon|collega)? ?(?:spreken|praten|chatten|"
        r"doorverbinden)\b"
    ),
)
