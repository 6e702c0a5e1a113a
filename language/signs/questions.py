"""How a question begins in the shipped languages, to separate several questions in one message.

Closed classes only: question words, auxiliaries and modals before their subject, conjunctions. The patterns match at
the beginning of a lower-case clause without marks on letters and with single spaces: "what's" is "what s". Anything
that could also continue the previous clause ("and is broken", "and which I bought") is left out.
"""

import re
from dataclasses import dataclass

from language.signs.form import any_of, pattern


@dataclass(frozen=True, slots=True)
class QuestionSigns:
    """`begins`: certainly a question. `opens`: probably one, if the sentence ends with a question mark.

    `joins`: words that may separate two questions, with their marks. `says_little`: asks for nothing by itself ("can
    you help me?").
    """

    begins: re.Pattern[str]
    opens: re.Pattern[str]
    joins: frozenset[str]
    says_little: re.Pattern[str]


def words(text: str) -> frozenset[str]:
    return frozenset(text.split())


_AUX = any_of("do does did can could may might must should shall will would is are am was were has have had s")
_HE = r"(?:i|you|u|ya|we|he|she|it|they|there|this|that|these|those)"
_THE = any_of("my your our their his her the these those")
EN = QuestionSigns(
    begins=pattern(
        rf"(?:how|why|hows|whats|wheres|whens|whos) (?!{_HE}\b(?! {_AUX}\b))\w+",
        rf"what (?!{_HE}\b|ever\b|the (?:hell|heck|fuck)\b)\w+",
        rf"(?:when|where|who|whom|whose) {_AUX}\b",
        r"who (?:pays?|covers?|bears?|sends?|makes?|repairs?|delivers?|decides?)\b",
        rf"which (?!{_HE}\b|is why\b|means\b)\w+",
        rf"(?:from|to|at|in|for|until|till|by|on|with|within|after|since) (?:how (?:many|much|long|far|often|soon)"
        rf"|what|which) (?!{_HE}\b)\w+",
        rf"(?:does|did|can|could|may|might|must|should|shall|will|would|is|are|was|were|has) {_HE}\b",
        r"do (?:i|you|u|ya|we|they|these|those)\b",
        r"(?:am|have|had) i\b|have (?:you|u|we|they)\b",
        rf"(?:does|did|can|could|may|must|should|shall|will|would|is|are|was|were|has) {_THE} \w+",
        r"(?:do|does|can|could|will) (?:any ?(?:one|body)|some ?(?:one|body)|people|customers|an?) \w+",
        r"whether (?!or\b)\w+",
    ),
    opens=pattern(rf"{_AUX} \w+", r"(?:how|what|which|when|where|who|whose|why) \w+", r"(?:you|u|any) \w+"),
    joins=words("and also plus then but so & n"),
    says_little=pattern(
        r"(?:can|could|would|will) (?:you|u|someone|anyone|somebody) (?:please )?(?:help|assist|advise|check|explain|"
        r"tell me|let me know)(?: (?:me|us|out|with (?:this|that|it)|please|on this|here))*$",
        r"(?:how|why) (?:can|is|does|could) (?:this|that|it) (?:be )?(?:possible|happen|happening|so)$|"
        r"what should be done\b",
        r"(?:is|s) (?:something|anything|there (?:something|anything)) (?:wrong|(?:i|you|we|"
        r"that can be) (?:can )?(?:do|done))\b",
        r"is there (?:a|any|some) way(?: (?:for me )?to (?:know|tell|check|see|fix|solve|do|change)(?: (?:it|"
        r"this|that))?)?$",
        r"what(?: is| s|s) (?:going on|wrong|up|happening|the (?:issue|problem|matter|deal|reason|hold ?up))\b",
        r"(?:any|some) (?:ideas?|advice|help|suggestions?|thoughts|clue)$",
        r"(?:what|how) (?:can|should|do|shall|could|must) (?:i|we) do(?: (?:now|then|next|about (?:it|this|"
        r"that)|here))?$",
        r"(?:is|was|are) (?:that|this|it|there) (?:right|ok|okay|correct|true|normal|possible|so|a way|any way)$",
        r"(?:how|why) (?:so|come|is (?:that|this|it))$|what (?:now|then|else|is (?:this|that|it)|gives|happened)$",
        r"(?:do|can|could) (?:you|u) (?:know|understand|see)$|(?:would|will|does) (?:that|this|it) (?:work|be ok|be "
        r"possible|help|do)$",
    ),
)

_ICH = r"(?:ich|ihr|sie|man|wir|du|es|er)"
DE = QuestionSigns(
    begins=pattern(
        rf"(?:wie|was|wo|wann|warum|wieso|weshalb|womit|wofur|wohin|woher|wer|wem|wen) (?!{_ICH}\b|auch immer\b|"
        rf"ander\w+|neues\b)\w+",
        rf"welche[rsnm]? (?!{_ICH}\b)\w+",
        r"(?:ab|bis|seit|fur|von|in|mit|bei|nach|auf|zu) (?:wann|wie (?:viel\w*|lange|weit|vielen)|wem|wo|"
        r"welche[rsnm]?) \w+",
        rf"(?:kann|konnen|konnt|konnte|darf|durfen|durft|muss|mussen|musst|soll|sollen|sollte|wird|werden|"
        rf"werdet|ist|sind"
        rf"|habt|haben|hat|habe|gibt|geht|bin|brauche|bekomme|kriege|zahle) {_ICH}\b",
        r"(?:kann|darf|muss|wird|ist|sind|hat|haben|gilt) (?:der|die|das|ein|eine|mein|meine|euer|eure|ihre?) \w+",
        r"\w{2,24}t ihr\b|\w{2,24}en sie\b",
        r"ob (?:ich|ihr|sie|man|wir|es|der|die|das) \w+",
    ),
    opens=pattern(
        rf"\w{{2,24}} {_ICH}\b",
        r"\w{2,24}(?:t|en|st) (?:der|die|das|den|dem|ein(?:e[nmrs]?)?|mein(?:e[nmrs]?)?|eu(?:er|re[nmrs]?)|"
        r"ihre?[nmrs]?|man|auch|es) \w+",
        r"(?:wie|was|wo|wann|warum|welche[rsnm]?|wer) \w+",
    ),
    joins=words("und auch außerdem sowie dann aber noch"),
    says_little=pattern(
        r"(?:konnen|konnt|konnten|kann|kannst) (?:sie|ihr|du|man|jemand) (?:mir |uns |bitte |da )*(?:helfen|"
        r"weiterhelfen)"
        r"(?: bitte)?$",
        r"was (?:kann|soll|muss|mache) ich (?:jetzt |da |nun |dann )?(?:tun|machen)?$|(?:stimmt|geht|"
        r"ist) das(?: so| richtig| "
        r"moglich| normal)?$|wie (?:geht das|kommt das)$|was nun$",
    ),
)

_FR_ARTICLE = any_of("je on vous tu nous il elle ils elles")
FR = QuestionSigns(
    begins=pattern(
        r"(?:combien|comment|pourquoi|quand|ou) (?:de|est(?! ce)|sont|puis|peut|dois|doit|coute|coutent|dure|"
        r"faut|ca|est ce|s)\b",
        rf"(?:comment|pourquoi|quand|combien) (?:{_FR_ARTICLE}|faire|le|la|les) \w+",
        r"quel(?:le)?s? \w+",
        r"(?:a|de|pour|avec|en|depuis|jusqu|dans|sur|par) (?:combien|quel(?:le)?s?|quand|qui|quoi) \w+",
        r"(?:qu )?est ce (?:que|qu|qui) \w+|qui (?:paie|paye|prend)\b",
        r"(?:puis je|peut on|dois je|doit on|faut il|avez vous|pouvez vous|est il|est elle|sont ils|sont elles|"
        r"y a t il)\b",
        r"\w{2,24}ez vous\b|\w{1,24} t (?:il|elle|on)\b",
    ),
    opens=pattern(r"(?!(?:je|j|mon|ma|mes|nous|notre|nos|c|ca|il|elle)\b)\w+"),
    joins=words("et aussi puis mais également"),
    says_little=pattern(
        r"(?:pouvez|pourriez|peux) (?:vous|tu) (?:m |me |nous )?aider(?: s il (?:vous|te) plait)?$|que (?:faire|"
        r"dois je faire)$"
        r"|(?:est ce|c est) (?:que c est )?(?:possible|normal|correct)$|comment (?:faire|ca)$",
    ),
)

ES = QuestionSigns(
    begins=pattern(
        r"(?:como|cuando|donde|adonde) (?:puedo|puede|podemos|se|es|esta|estan|son|hago|debo|tengo|hay|funciona|"
        r"llega|abren)\b",
        r"cuant[oa]s? \w+|cual(?:es)? (?:es|son|de)\b|por que (?:no|se|es|hay|tengo)\b",
        r"que (?:es|pasa|hago|debo|tengo que|puedo|hay|incluye|significa|metodos?|tipo|horarios?)\b",
        r"(?:a|de|en|por|para|con|hasta|desde) (?:cuant[oa]s?|cuando|donde|cual|quien|que (?:paises|hora|precio|"
        r"edad|dia))\b",
        r"quien (?:paga|puede|debe|asume)\b",
        r"(?:puedo|puede|podemos|podeis|pueden|debo|tengo que|hay que|se puede|hay|es posible|es necesario|"
        r"tienen|teneis"
        r"|hacen|haceis|aceptan|aceptais|envian|enviais|ofrecen|ofreceis)\b",
        r"si (?:puedo|se puede|hay|tienen|teneis|hacen|aceptan|envian)\b",
    ),
    opens=pattern(r"(?!(?:yo|mi|mis|me|nosotros|nuestr\w+|no|he|hemos|el|la|los|las|es que)\b)\w+"),
    joins=words("y e también tambien además ademas pero"),
    says_little=pattern(
        r"(?:me |nos )?(?:puede|puedes|pueden|podria|podrian|podeis) (?:ayudar(?:me|nos)?)(?: por favor)?$"
        r"|que (?:hago|puedo hacer|debo hacer)(?: ahora)?$|(?:es|esta) (?:posible|normal|correcto|bien)$",
    ),
)

IT = QuestionSigns(
    begins=pattern(
        r"(?:come|quando|dove|perche) (?:posso|si|e|sono|devo|faccio|funziona|arriva|mi|ci|aprite|siete)\b",
        r"quant[oaie] \w+|qual(?:e|i)? (?:e|sono)\b|quali \w+|(?:che )?cosa (?:e|succede|devo|posso|fare|copre|"
        r"comprende)\b",
        r"(?:a|di|da|in|per|con|su|fino a|entro) (?:quant[oaie]|quando|dove|quale?|quali|chi|che (?:ora|ore|"
        r"eta)) \w+",
        r"chi (?:paga|puo|deve|sostiene)\b",
        r"(?:posso|possiamo|si puo|devo|dobbiamo|bisogna|c e|ci sono|e possibile|e necessario|avete|fate|"
        r"spedite|accettate"
        r"|offrite|consegnate)\b",
        r"se (?:posso|si puo|c e|ci sono|avete|fate|spedite|accettate)\b",
    ),
    opens=pattern(r"(?!(?:io|il|lo|la|i|gli|le|mio|mia|mi|noi|non|ho|abbiamo)\b)\w+"),
    joins=words("e ed anche inoltre poi ma"),
    says_little=pattern(
        r"(?:mi |ci )?(?:puo|puoi|potete|potreste|potrebbe) (?:aiutar(?:e|mi|ci))(?: per favore)?$"
        r"|(?:che )?cosa (?:devo fare|posso fare|faccio)(?: ora| adesso)?$|e (?:possibile|normale|corretto|vero)$",
    ),
)

_IK = r"(?:ik|jullie|je|jij|u|men|we|wij|het|er|ze)"
NL = QuestionSigns(
    begins=pattern(
        rf"(?:hoe|wat|waar|wanneer|waarom|wie|hoeveel|hoelang|waarmee|waarvoor|waarheen) (?!{_IK}\b|dan ook\b)\w+",
        r"welke? \w+",
        r"(?:vanaf|tot|sinds|voor|van|in|met|bij|na|op|naar|binnen) (?:wanneer|hoe(?:veel| lang| vaak)|welke?|"
        r"wie|waar) \w+",
        rf"(?:kan|kunnen|kunt|mag|mogen|moet|moeten|zal|zullen|is|zijn|heeft|hebben|hebt|heb|krijg|betaal|gaat|"
        rf"wordt|worden)"
        rf" {_IK}\b",
        r"(?:kan|mag|moet|is|zijn|heeft|wordt|geldt) (?:de|het|een|mijn|jullie|uw) \w+",
        r"\w{2,24}en jullie\b|\w{2,24}t u\b",
    ),
    opens=pattern(
        rf"\w{{2,24}} {_IK}\b",
        r"(?:kan|mag|moet|is|zijn|heeft|hebben|wordt|geldt|doet|werkt|kost|kosten) \w+",
        r"(?:hoe|wat|waar|wanneer|waarom|welke?|wie) \w+",
    ),
    joins=words("en ook verder daarnaast dan maar nog"),
    says_little=pattern(
        r"(?:kun|kunt|kan|kunnen) (?:je|u|jullie|iemand) (?:mij |me |ons )?(?:even )?helpen$|wat (?:kan|"
        r"moet) ik (?:nu )?doen$"
        r"|(?:kan|klopt|mag|is) dat(?: zo| normaal| mogelijk)?$|hoe (?:kan|komt) dat$",
    ),
)

PL = QuestionSigns(
    begins=pattern(
        r"czy (?!tez\b)\w+",
        r"(?:jak|gdzie|kiedy|dlaczego|dokad|skad) (?:moge|mozna|sie|jest|sa|dlugo|duzo|czesto|szybko|mam|dziala|"
        r"zwrocic|"
        r"zaplacic|trzeba|dlug[aie]\w{0,2}|duz[aey]\w{0,2}|wysok\w{1,3}|ciezk\w{1,3}|szerok\w{1,3}|glebok\w{1,3}|"
        r"drog[aie]\w{0,2}|szybk\w{1,3}|mocn\w{1,3}|glosn\w{1,3}|trwal\w{1,3}|daleko|wczesnie|pozno)\b",
        r"ile \w+|(?:jaki|jaka|jakie|jakiej|jakim|jakich|ktory|ktora|ktore) (?:jest|sa|\w+)\b|co (?:to|zrobic|"
        r"robic|jesli|"
        r"obejmuje|sie)\b",
        r"(?:od|do|w|na|za|przez|z) (?:ilu|ile|kiedy|jakich|jakim|jakiej|jaki|ktorej|ktorych) \w+",
        r"kto (?:placi|moze|pokrywa|ponosi)\b",
    ),
    opens=pattern(r"(?!(?:ja|moj|moja|moje|nie|mam|mi|my|to)\b)\w+"),
    joins=words("i oraz a też tez także takze ale"),
    says_little=pattern(
        r"czy (?:mozesz|mozecie|moze pan|moze pani|ktos moze) (?:mi |nam )?pomoc$|co (?:mam |moge )?(?:robic|"
        r"zrobic)(?: teraz)?$"
        r"|czy (?:to )?(?:jest )?(?:mozliwe|normalne|prawda)$",
    ),
)

PT = QuestionSigns(
    begins=pattern(
        r"(?:como|quando|onde|aonde) (?:posso|se|e|esta|fica|ficam|sao|faco|devo|tenho|ha|funciona|chega|abrem)\b",
        r"quant[oa]s? \w+|qua(?:l|is) (?:e|o|a|os|as|sao)\b|quais \w+|por ?que (?:nao|se|e|ha|tenho)\b",
        r"(?:o )?que (?:e|acontece|faco|devo|preciso|posso|inclui|significa|formas|metodos|tipo|horario)\b",
        r"(?:a|de|em|por|para|com|ate|desde) (?:quant[oa]s?|quando|onde|qual|quais|quem|que (?:paises|horas|"
        r"idade|dia))\b",
        r"quem (?:paga|pode|deve|assume)\b",
        r"(?:posso|podemos|pode se|da para|devo|tenho (?:de|que)|preciso de|ha|e possivel|e necessario|voces|"
        r"tem|fazem|"
        r"aceitam|enviam|entregam|oferecem)\b",
        r"se (?:posso|pode|ha|voces|tem|fazem|aceitam|enviam|entregam)\b",
    ),
    opens=pattern(r"(?!(?:eu|meu|minha|o|a|os|as|nos|nao|tenho|me)\b)\w+"),
    joins=words("e também tambem além mas"),
    says_little=pattern(
        r"(?:voce |voces )?(?:pode|podem|poderia|poderiam|podes) (?:me |nos )?(?:ajudar(?: me| nos)?)(?: por favor)?$"
        r"|o que (?:faco|posso fazer|devo fazer)(?: agora)?$|(?:e|esta) (?:possivel|normal|correto|certo)$",
    ),
)

QUESTIONS: dict[str, QuestionSigns] = {
    "de": DE,
    "en": EN,
    "es": ES,
    "fr": FR,
    "it": IT,
    "nl": NL,
    "pl": PL,
    "pt": PT,
}
