"""Clauses that introduce a question, and clauses that continue one, in the shipped languages.

"Can you tell me", "Ich wüsste gern" and "où puis-je voir" ask for nothing themselves: the question follows. Closed
classes only: verbs and nouns of asking, telling, knowing, seeing and checking, with their function words. The patterns
match the same text as those in `questions`.
"""

import re
from dataclasses import dataclass

from language.signs.form import any_of, pattern

BEFORE_MAX = 11  # words before the verb; with more, the clause has content of its own


@dataclass(frozen=True, slots=True)
class LeadIns:
    """`bare`: only a lead-in. `at_comma`: a clause ending in a verb of asking or telling, before a comma.

    `goes_on`: looks like a question, but after a bare comma too is part of the previous clause.
    """

    bare: re.Pattern[str]
    at_comma: re.Pattern[str]
    goes_on: re.Pattern[str]


def _lead_ins(verbs: str, beside: str, goes_on: str) -> LeadIns:
    verb, small = any_of(verbs), any_of(beside)
    behind = rf"{verb}(?: {small}){{0,5}}$"
    return LeadIns(
        pattern(rf"\A(?:(?:{small}|{verb}) ){{0,{BEFORE_MAX}}}{behind}"),
        pattern(rf"\A(?:\w+ ){{0,{BEFORE_MAX}}}{behind}"),
        pattern(rf"\A(?:{goes_on})"),
    )


EN = _lead_ins(
    "tell know knows ask asking see check confirm say explain verify clarify wonder wondering inform advise look "
    "learn understand hear remind idea clue question questions sure curious find.out",
    "can could may might must would will do does did is are am was were be have has had d m ll re s don doesn t not "
    "never i you u we us me anyone someone anybody somebody there please pls kindly just quickly maybe perhaps "
    "possibly happen to like want wanted need love let how where what when should a an the one two three few some "
    "any more other another quick short something anything first also really actually by chance find this here hi "
    "hello hey sorry then and but if",
    r"(?:\w+ )?(?:which|whom|whose)\b|(?:who|where) (?:is|are|was|were|has|had|will|would|can|could) (?!(?:i|you|we|"
    r"they|he|she|it|the|this|that|these|those|my|your|our|their)\b)|whether\b",
)
_DE_FINITE = any_of(
    "ist sind war kann konnen konnt darf durfen durft muss mussen musst soll sollen wird werden werdet hat habt "
    "haben habe gibt geht gehen gilt gelten kostet kosten dauert dauern kommt kommen mache macht finde bekomme "
    "erreiche zahle funktioniert passiert steht brauche"
)
_DE_WORD = any_of("wie was wo wann warum wieso weshalb womit wofur wohin woher wer wem wen welche[rsnm]?")
_DE_BEFORE = any_of("ab bis seit fur von in mit bei nach auf zu an aus durch um uber unter wegen")
DE = _lead_ins(
    "sagen sag sagt sage sagst wissen weiss weisst wisst wusste wussten fragen frage frag gefragt erklaren erklart "
    "verraten mitteilen bestatigen klaren prufen nachprufen uberprufen nachsehen nachschauen schauen sehen sehe "
    "sieht erkennen erkenne erfahren erfahre erfahrt herausfinden rausfinden feststellen kontrollieren nachfragen "
    "interessieren interessiert unklar klar sicher ahnung idee auskunft bescheid nachlesen informieren",
    "kann kannst konnen konnt konnte konnten konntest konntet darf durfen durfte durften mag mochte mochten will "
    "wollen wollte wollten wurde wurden soll muss hatte hatten habe hab haben habt hast hat gibt ist es ware gern "
    "gerne gerade mal kurz einmal bitte ich du ihr sie man wir jemand einer mir uns mich dir ihnen euch euer ihre "
    "eine ein einen einige paar kleine kurze zwei drei noch auch vielleicht zufallig eventuell evtl denn etwas was "
    "wo wie woher da hier schon nur genau vorher zuerst doch ja eigentlich vorab nicht leider keine lassen lasst "
    "lass geben andere weitere folgendes aber und hallo wirklich sehr",
    rf"ob\b|(?!(?:{_DE_BEFORE} )?(?:(?:wie|welche[rsnm]?) \w+|{_DE_WORD}) {_DE_FINITE} \w+)"
    rf"(?:{_DE_BEFORE} )?{_DE_WORD}\b",
)
FR = _lead_ins(
    "dire dis dites savoir sais sait savez sauriez demander demande voir vois verifier confirmer expliquer preciser "
    "indiquer renseigner informer comprendre apprendre controler idee question questions curieux curieuse",
    "pouvez pourriez peux peut pouvons pourrait pourrais puis veux voudrais voudrions aimerais aimerions souhaite "
    "souhaiterais je j on vous tu nous il elle me m te t se s moi est ce que qu c un une des avez auriez aurais "
    "avons ai as a de d deux comment ou quand plait svp stp bien simplement juste aussi encore peu petite rapide "
    "autre quelque chose par hasard ne n pas besoin dois doit faire possible y d abord quelqu bonjour mais et si",
    r"(?:quand|ou|qui)\b|quel(?:le)?s? que\b|\w+ (?:qui|quoi|ou|quand)\b",
)
ES = _lead_ins(
    "decir decirme decirnos dime digame diganme decidme sabe sabes saben sabeis saber preguntar preguntarle "
    "preguntarles preguntaros pregunto pregunta preguntas ver veo comprobar verificar confirmar confirmarme "
    "confirmarnos explicar explicarme explicarnos indicar indicarme informar informarme consultar consulta aclarar "
    "aclararme averiguar revisar idea duda dudas entender",
    "puede puedes pueden podria podrian podrias podeis podriais podemos puedo me nos le les os se quiero queria "
    "querria quisiera queriamos gustaria necesito tengo tenia tiene tienes tienen teneis hay alguien usted ustedes "
    "tu yo vosotros por favor una un dos unas otra alguna algo cosa pequena rapida como donde cuando no es que a "
    "antes tambien solo quizas hacer hacerle hacerles haceros hola y pero si",
    r"(?:si|que|como|cuando|donde|adonde|quien|por que)\b|\w+ (?:que|quien|donde|cuando)\b",
)
IT = _lead_ins(
    "dire dirmi dirci dimmi ditemi sapere sa sai sapete so saprebbe sapreste chiedere chiederle chiedervi chiedo "
    "domandare vedere vedo verificare controllare confermare confermarmi confermarci spiegare spiegarmi indicare "
    "indicarmi informarmi capire scoprire curioso curiosa domanda domande idea dubbio dubbi chiarire",
    "puo puoi potete potrebbe potreste potresti posso possiamo potrei mi ci vi le si vorrei vorremmo volevo volevamo "
    "voglio desidero piacerebbe ho avrei abbiamo avete hai ha qualcuno lei voi tu io per favore piacere cortesia "
    "gentilmente una un due alcune altra qualche qualcosa piccola veloce come dove quando non di fare farle farvi "
    "farmi fatemi anche solo prima forse magari caso e ed ma ciao salve se",
    r"(?:se|quando|dove|chi|perche|come)\b|\w+ (?:chi|quale?|quali|dove|quando)\b",
)
_NL_FINITE = any_of(
    "is zijn was kan kunt kunnen mag mogen moet moeten zal zullen wordt worden heeft hebben hebt heb gaat gaan krijg "
    "krijgt kost kosten duurt duren geldt gelden werkt komt komen betaal vind gebeurt"
)
_NL_WORD = any_of("hoe wat waar wanneer waarom wie welke? hoeveel hoelang waarmee waarvoor waarheen")
_NL_BEFORE = any_of("vanaf tot sinds voor van in met bij na op naar binnen aan uit door om")
NL = _lead_ins(
    "zeggen zeg zegt weten weet vragen vraag vraagje vertellen vertel uitleggen bevestigen zien zie controleren "
    "checken nagaan nakijken kijken aangeven uitzoeken achterhalen opzoeken afvragen benieuwd idee zeker duidelijk "
    "meedelen begrijpen",
    "kan kun kunt kunnen kon zou zouden zoudt mag mogen wil willen wilt wilde heb hebt hebben heeft had is er ik je "
    "jij u jullie we wij men iemand mij me ons even eventueel misschien graag toevallig alstublieft alsjeblieft aub "
    "ajb svp een paar twee nog ook iets hoe waar wanneer laat geen niet te om dan eens korte kleine andere hier "
    "eerst af eigenlijk willen hallo en maar",
    rf"(?!(?:{_NL_BEFORE} )?(?:(?:hoe|welke?) \w+|{_NL_WORD}) {_NL_FINITE} \w+)(?:{_NL_BEFORE} )?{_NL_WORD}\b",
)
PL = _lead_ins(
    "powiedziec powiedz powiedzcie wiedziec wie wiesz wiecie wiem zapytac spytac pytam pytanie pytania zobaczyc "
    "widac sprawdzic sprawdz sprawdzcie potwierdzic wyjasnic wytlumaczyc podac poinformowac dowiedziec ustalic "
    "doradzic ciekaw ciekawa ciekawi interesuje pojecia pojecie znac zastanawiam pewien pewna upewnic",
    "czy moze mozesz mozecie moglby moglbys moglibyscie moglaby mogliby moglabys moge moglbym moglabym mozna mi nam "
    "mnie panstwo panstwa pan pani pania pana ktos ja ty wy was chce chcialbym chcialabym chcialem chcialam chcemy "
    "potrzebuje mam macie masz ma prosze o jedno dwa jeszcze tez takze cos krotkie szybkie jak gdzie sie to nie "
    "przypadkiem dac daj dajcie zadac bym i a ale",
    r"\w",  # a comma precedes any of them
)
PT = _lead_ins(
    "dizer diz diga digam saber sabe sabem sabes perguntar pergunta perguntas pergunto ver vejo verificar confirmar "
    "explicar indicar informar consultar checar conferir esclarecer duvida duvidas ideia entender descobrir",
    "pode podem poderia poderiam podia podes posso podemos me nos lhe lhes se quero queria queriamos gostaria "
    "gostava gostariamos preciso precisava tenho tinha tem tens ha voce voces alguem eu por favor uma um duas umas "
    "outra alguma algo coisa pequena rapida como onde quando nao so apenas tambem antes talvez acaso de e que fazer "
    "te ola mas",
    r"(?:se|que|o que|como|quando|onde|aonde|quem|por ?que)\b|\w+ (?:que|quem|onde|quando)\b",
)

LEAD_INS: dict[str, LeadIns] = {"de": DE, "en": EN, "es": ES, "fr": FR, "it": IT, "nl": NL, "pl": PL, "pt": PT}
