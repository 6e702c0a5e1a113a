"""Messages in German, French and Spanish, generated from a seed: own matters, acts, this moment, and common questions.

Each language has its parts here and none of them stands in `language/signs/`. Wrong is what is kept for others of the
first kind. Of the second it is told how much is kept, and whether anything but the same text would be answered by it.
"""

import random
from itertools import product

from caching.evaluation import share
from caching.matching.cacheability import classify
from language.normalise import canonical

SEED, EACH = 20261130, 600
# Things of one's own with their possessive, things of anybody, places, days.
PARTS: dict[str, dict[str, list[str]]] = {
    "German": {
        "mine": ["meine Bestellung", "mein Paket", "meine Rechnung", "mein Konto", "meine Rücksendung", "mein Vertrag"],
        "mine_object": [
            "meinen Vertrag",
            "meine Bestellung",
            "mein Abo",
            "meinen Termin",
            "meine Adresse",
            "meine PIN",
        ],
        "thing": ["ein Paket", "eine Rücksendung", "ein Gutschein", "die Garantie", "eine Reparatur", "der Umtausch"],
        "thing_object": ["einen Artikel", "eine Lampe", "einen Gutschein", "ein Ersatzteil", "eine Uhr", "ein Fahrrad"],
        "place": ["nach Wien", "in die Schweiz", "nach Norwegen", "nach Italien", "an eine Packstation", "ins Büro"],
        "own": [
            "Wo ist {mine}?",
            "Wann kommt {mine}?",
            "{mine} ist noch nicht da.",
            "Warum wurde {mine} nicht bearbeitet?",
            "Ist {mine} schon unterwegs?",
            "Ich habe letzte Woche bestellt, wo bleibt {mine}?",
            "Wie ist der Stand, was ist mit {mine}?",
            "Können Sie nachsehen, ob {mine} angekommen ist?",
        ],
        "act": [
            "Bitte kündigen Sie {mine_object}.",
            "Ändert bitte {mine_object}!",
            "Ich möchte {mine_object} ändern",
            "Kannst du {mine_object} löschen?",
            "Stornieren Sie bitte {mine_object} und schicken Sie es {place}",
            "Könnt ihr {thing_object} {place} schicken?",
            "Ich will {thing_object} zurückgeben",
            "Schickt mir {thing_object} {place}",
        ],
        "live": [
            "Habt ihr heute offen?",
            "Wer ist gerade der Geschäftsführer?",
            "Gibt es aktuell eine Störung {place}?",
            "Ist {thing} auf Lager?",
            "Was ist das neueste Modell?",
            "Wie ist das Wetter {place} morgen?",
            "Wer leitet jetzt den Versand {place}?",
        ],
        "general": [
            "Wie lange dauert der Versand {place}?",
            "Liefert ihr {place}?",
            "Wie kann ich {thing_object} zurückgeben?",
            "Kann man {thing_object} umtauschen?",
            "Was passiert, wenn {thing} beschädigt ist?",
            "Ist {thing} kostenlos?",
            "Bis wann muss man {thing_object} reklamieren?",
            "Wer bezahlt den Rückversand {place}?",
            "Welche Bedingungen gelten {place}?",
        ],
    },
    "French": {
        "mine": ["ma commande", "mon colis", "ma facture", "mon compte", "mon remboursement", "mon contrat"],
        "mine_object": ["mon contrat", "ma commande", "mon abonnement", "mon rendez-vous", "mon adresse", "mon code"],
        "thing": ["un colis", "un retour", "un bon d'achat", "la garantie", "une réparation", "l'échange"],
        "thing_object": ["un article", "une lampe", "un bon d'achat", "une pièce", "une montre", "un vélo"],
        "place": ["en Belgique", "en Suisse", "en Norvège", "à Lyon", "en point relais", "au bureau"],
        "own": [
            "Où est {mine} ?",
            "Quand arrive {mine} ?",
            "{mine} n'est pas arrivé.",
            "Pourquoi {mine} n'a pas été traité ?",
            "Est-ce que {mine} est parti ?",
            "J'ai commandé la semaine dernière, où est {mine} ?",
            "Quel est le statut de {mine} ?",
            "Pouvez-vous vérifier si {mine} est arrivé ?",
        ],
        "act": [
            "Annulez {mine_object} s'il vous plaît.",
            "Merci de modifier {mine_object}",
            "Je voudrais changer {mine_object}",
            "Peux-tu supprimer {mine_object} ?",
            "Veuillez résilier {mine_object} et l'envoyer {place}",
            "Pourriez-vous envoyer {thing_object} {place} ?",
            "Je veux rendre {thing_object}",
            "Envoyez-moi {thing_object} {place}",
        ],
        "live": [
            "Êtes-vous ouverts aujourd'hui ?",
            "Qui est le directeur actuellement ?",
            "Y a-t-il une panne en ce moment {place} ?",
            "Est-ce que {thing_object} est en stock ?",
            "Quel est le dernier modèle ?",
            "Quel temps fait-il {place} demain ?",
            "Qui dirige maintenant la livraison {place} ?",
        ],
        "general": [
            "Combien de temps prend la livraison {place} ?",
            "Livrez-vous {place} ?",
            "Comment puis-je retourner {thing_object} ?",
            "Peut-on échanger {thing_object} ?",
            "Que se passe-t-il si {thing} est abîmé ?",
            "Est-ce que la livraison {place} est gratuite ?",
            "Dans quel délai faut-il retourner {thing_object} ?",
            "Qui paie le retour {place} ?",
            "Quelles sont les conditions {place} ?",
        ],
    },
    "Spanish": {
        "mine": ["mi pedido", "mi paquete", "mi factura", "mi cuenta", "mi devolución", "mi contrato"],
        "mine_object": ["mi contrato", "mi pedido", "mi suscripción", "mi cita", "mi dirección", "mi clave"],
        "thing": ["un paquete", "una devolución", "un vale", "la garantía", "una reparación", "el cambio"],
        "thing_object": ["un artículo", "una lámpara", "un vale", "una pieza", "un reloj", "una bicicleta"],
        "place": ["a Portugal", "a Suiza", "a Noruega", "a Sevilla", "a un punto de recogida", "a la oficina"],
        "own": [
            "¿Dónde está {mine}?",
            "¿Cuándo llega {mine}?",
            "{mine} no ha llegado.",
            "¿Por qué no se ha tramitado {mine}?",
            "¿Ha salido ya {mine}?",
            "Compré la semana pasada, ¿dónde está {mine}?",
            "¿Cuál es el estado de {mine}?",
            "¿Pueden mirar si {mine} ha llegado?",
        ],
        "act": [
            "Cancelen {mine_object} por favor.",
            "Por favor cambie {mine_object}",
            "Quiero cambiar {mine_object}",
            "¿Puedes borrar {mine_object}?",
            "Anulad {mine_object} y enviadlo {place}",
            "¿Podrían enviar {thing_object} {place}?",
            "Quisiera devolver {thing_object}",
            "Envíenme {thing_object} {place}",
        ],
        "live": [
            "¿Están abiertos hoy?",
            "¿Quién es el director ahora?",
            "¿Hay alguna avería en este momento {place}?",
            "¿Tienen {thing_object} en stock?",
            "¿Cuál es el último modelo?",
            "¿Qué tiempo hace mañana?",
            "¿Quién dirige actualmente el envío {place}?",
        ],
        "general": [
            "¿Cuánto tarda el envío {place}?",
            "¿Envían {place}?",
            "¿Cómo puedo devolver {thing_object}?",
            "¿Se puede cambiar {thing_object}?",
            "¿Qué pasa si {thing} llega dañado?",
            "¿Es gratis el envío {place}?",
            "¿Hasta cuándo se puede devolver {thing_object}?",
            "¿Quién paga la devolución {place}?",
            "¿Cuáles son las condiciones del envío {place}?",
        ],
    },
}
COURTESIES = {
    "German": ["", "Hallo, ", "Guten Tag! ", "Entschuldigung, ", "Kurze Frage: "],
    "French": ["", "Bonjour, ", "Salut ! ", "Pardon, ", "Petite question : "],
    "Spanish": ["", "Hola, ", "¡Buenos días! ", "Perdón, ", "Una pregunta: "],
}


def generated(language: str, kinds: tuple[str, ...]) -> list[str]:
    """EACH messages of some kinds, or all there are; the same on every machine."""
    parts, found = PARTS[language], []
    for kind in kinds:
        for template in parts[kind]:
            slots = [slot for slot in parts if f"{{{slot}}}" in template]
            for filled, courtesy in product(product(*(parts[slot] for slot in slots)), COURTESIES[language]):
                text = template.format(**dict(zip(slots, filled, strict=True)))
                found.append(courtesy + (text[0].upper() + text[1:] if not courtesy else text))
    found = list(dict.fromkeys(found))
    return random.Random(f"{SEED} {language} {kinds}").sample(found, min(EACH, len(found)))


def main() -> None:
    print(f"\nT9 other languages, generated, seed {SEED}")
    for language in PARTS:
        risky, general = generated(language, ("own", "act", "live")), generated(language, ("general",))
        kept = sum(classify(text).may_be_kept for text in risky)
        shown = [text for text in general if classify(text).may_be_kept]
        forms = {canonical(text) for text in general}
        print(f"  {language:8} own, act or this moment, kept for others {share(kept, len(risky))}")
        apart = "each apart" if len(forms) == len(general) else "NOT EACH APART"
        print(f"  {'':8} for everyone, kept {share(len(shown), len(general))}, {apart}")


if __name__ == "__main__":
    main()
