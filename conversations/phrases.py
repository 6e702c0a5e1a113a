"""What the assistant says without a model, in the languages it speaks."""

from typing import Final

PHRASES: Final = {
    "en": {
        "notice": "You are chatting with an AI assistant. It can make mistakes; a person can take over at any time.",
        "unknown": "I don't have that in our help articles. Would you like to talk to a person?",
        "trouble": "I can't write an answer at the moment. Would you like to talk to a person?",
        "handoff": "Of course. I am bringing in a person; they will answer here.",
        "file": "Thank you for the file. I can't open it, but a person can. Would you like to talk to one?",
        "quoted": "From “{title}”:",
        "greeting": "Hello! What can I help you with?",
        "thanks": "You're welcome! Is there anything else?",
        "goodbye": "Goodbye, and thank you for writing.",
        "interrupted": "(The answer was cut off here.)",
        "busy": "I can't say more than that just now. I am bringing in a person; they will answer here.",
        "you_said": "Earlier in this conversation you wrote: “{said}”",
        "we_said": "Earlier in this conversation you were told: “{said}”",
    },
    "de": {
        "notice": "Sie schreiben mit einem KI-Assistenten. Er kann sich irren; ein Mensch kann jederzeit übernehmen.",
        "unknown": "Dazu steht nichts in unseren Hilfeartikeln. Möchten Sie mit einem Menschen sprechen?",
        "trouble": "Ich kann gerade keine Antwort schreiben. Möchten Sie mit einem Menschen sprechen?",
        "handoff": "Gern. Ich hole jemanden dazu; die Antwort kommt hier.",
        "file": "Danke für die Datei. Ich kann sie nicht öffnen, ein Mensch schon. Möchten Sie mit einem sprechen?",
        "quoted": "Aus „{title}“:",
        "greeting": "Hallo! Wobei kann ich helfen?",
        "thanks": "Gern geschehen! Kann ich noch etwas für Sie tun?",
        "goodbye": "Auf Wiedersehen und danke für Ihre Nachricht.",
        "interrupted": "(Hier brach die Antwort ab.)",
        "busy": "Mehr kann ich gerade nicht sagen. Ich hole jemanden dazu; die Antwort kommt hier.",
        "you_said": "In diesem Gespräch schrieben Sie: „{said}“",
        "we_said": "In diesem Gespräch hieß es: „{said}“",
    },
    "fr": {
        "notice": "Vous discutez avec un assistant IA. Il peut se tromper ; une personne peut prendre le relais.",
        "unknown": "Je ne trouve pas cela dans nos articles d'aide. Souhaitez-vous parler à quelqu'un ?",
        "trouble": "Je ne peux pas répondre pour le moment. Souhaitez-vous parler à quelqu'un ?",
        "handoff": "Bien sûr. J'appelle une personne ; elle vous répondra ici.",
        "file": "Merci pour le fichier. Je ne peux pas l'ouvrir, une personne si. Souhaitez-vous lui parler ?",
        "quoted": "Extrait de « {title} » :",
        "greeting": "Bonjour ! Comment puis-je vous aider ?",
        "thanks": "Avec plaisir ! Puis-je faire autre chose pour vous ?",
        "goodbye": "Au revoir et merci de votre message.",
        "interrupted": "(La réponse s'est interrompue ici.)",
        "busy": "Je ne peux pas en dire plus pour l'instant. J'appelle une personne ; elle vous répondra ici.",
        "you_said": "Plus tôt dans cette conversation, vous avez écrit : « {said} »",
        "we_said": "Plus tôt dans cette conversation, on vous a dit : « {said} »",
    },
    "es": {
        "notice": "Está hablando con un asistente de IA. Puede equivocarse; una persona puede intervenir.",
        "unknown": "No lo encuentro en nuestros artículos de ayuda. ¿Quiere hablar con una persona?",
        "trouble": "Ahora mismo no puedo escribir una respuesta. ¿Quiere hablar con una persona?",
        "handoff": "Por supuesto. Aviso a una persona; le responderá aquí.",
        "file": "Gracias por el archivo. Yo no puedo abrirlo, pero una persona sí. ¿Quiere hablar con alguien?",
        "quoted": "De «{title}»:",
        "greeting": "¡Hola! ¿En qué puedo ayudarle?",
        "thanks": "¡De nada! ¿Puedo hacer algo más por usted?",
        "goodbye": "Hasta luego y gracias por escribirnos.",
        "interrupted": "(La respuesta se cortó aquí.)",
        "busy": "Ahora mismo no puedo decirle más. Aviso a una persona; le responderá aquí.",
        "you_said": "Antes, en esta conversación, usted escribió: «{said}»",
        "we_said": "Antes, en esta conversación, se le dijo: «{said}»",
    },
}


def phrase(name: str, locale: str, **values: str) -> str:
    """One phrase in the language of a locale such as `de-AT`; in English where we don't speak it."""
    language = locale.split("-")[0].split("_")[0].lower()
    return PHRASES.get(language, PHRASES["en"])[name].format(**values)
