"""Words without a topic: one list of English grammar, and the additions of each user.

Search, the cache and the summaries share the grammar and differ beyond it for a reason:

- `STOP_WORDS`, by language: not indexed by BM25, which reads words as typed. So it includes contractions, and words
  that fill a question but name no topic ("want", "way"). A change needs a new `tokenizing.VERSION`.
- `FUNCTION_WORDS`: not compared by the cache and the answer checks. They read `normalise.words`, with contractions
  expanded. Negations are not in it, because "not" reverses an answer: see `NEGATORS`.
- `CLAUSE_STOP_WORDS`: not scored by summaries. They read chat clauses without apostrophes, so it includes greetings
  and the remains of contractions; "may", "must" and "within" are not in it, because a note says what is allowed.
"""

from __future__ import annotations

_GRAMMAR = """
a about all also am an and any are as at be been being but by can could did do does doing done each for from had has
have having he her here him how i if in into is it its just let like me my of ok okay on only or our own really she
should so some such than that the their them then there these they this those to too us very was we were what when
where which who whom why will with would you your yours
"""
_COMPARED = """
after again among because before between both during either every id ill im ive may might mine must myself one ones
onto ought ours per shall through via whether while whose within yourself
"""
_IN_CLAUSES = """
after again because before cant dont down even few further get got hello hers hey hi his im ll more most much no nor
not now off once other out over please re s same sorry sure t thank thanks through under until up ve well while yes
"""
_EN = """
able another anyone anything aren't can't cant couldn't dear didn't doesn't don't dont get getting got hello hey hi
his i'd i'm i've isn't it's know lets many may might mine more most much must myself need needs no nor not one ones
onto other ours out over per please possible said same say shall shouldn't someone something tell thank thanks thing
things up via want wanted wants wasn't way ways whose within won't wouldn't yes
"""
_DE = """
der die das den dem des ein eine einen einem einer eines und oder aber wenn dann als so wie von vom bei beim
für aus in im ins auf an am zu zum zur mit ohne über unter nach vor um bis durch gegen ist sind war waren sein
bin bist seid wird werden wurde wurden werde hat habe haben hatte hatten kann kann können könnte könnten darf
dürfen muss müssen soll sollen sollte will wollen würde möchte möchten mag es er sie wir ihr ich du mich mir
dich dir uns euch ihm ihn ihnen mein meine meinen meinem meiner dein deine unser unsere euer eure ihre ihren
ihrem ihrer seine seinen dieser diese dieses diesen diesem was welche welcher welches wer wem wen wo wann warum
wieso weshalb nicht kein keine keinen nur auch noch schon sehr bitte danke hallo man mehr da dort hier denn doch
ja nein eigentlich gibt geht gerne wirklich sich dass daß ob
"""
_FR = """
le la les l un une des du de d et ou mais si alors que qu qui quoi dont où quand comment pourquoi quel quelle
quels quelles est sont était étaient être été suis es êtes sommes a ai as avez avons ont avait avoir eu fait
faire fais peut peux pouvez pouvons puis pouvoir pourrait dois doit devez falloir faut veux veut voulez voudrais
je j tu il elle on nous vous ils elles me m te t se s lui leur y en mon ma mes ton ta tes son sa ses notre nos
votre vos leurs ce c cet cette ces ça cela ceci ne n pas plus non oui très aussi dans sur sous avec sans pour
par chez vers entre depuis jusque au aux à comme même tout tous toute toutes bonjour merci svp plaît là ici
"""
_ES = """
el la los las lo un una unos unas y e o u pero si entonces que qué quien quién cual cuál cuales cuáles cuando
cuándo donde dónde como cómo porque por para con sin sobre entre hasta desde hacia en a al de del es son era
eran ser sido soy eres somos está están estoy estar estaba ha he has han hemos haber había hay hace hacer hago
puede puedo pueden podemos poder podría debo debe deben deber quiero quiere quisiera tengo tiene tienen tener
yo tú él ella ello nosotros vosotros ellos ellas usted ustedes me te se nos os le les mi mis tu tus su sus
nuestro nuestra este esta estos estas ese esa esos esas esto eso aquello no ni sí solo sólo también muy más
hola gracias favor ya aquí allí algo alguien cada otro otra mismo
"""

FUNCTION_WORDS = frozenset(f"{_GRAMMAR} {_COMPARED}".split())
CLAUSE_STOP_WORDS = frozenset(f"{_GRAMMAR} {_IN_CLAUSES}".split())
STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(f"{_GRAMMAR} {_EN}".split()),
    "de": frozenset(_DE.split()),
    "fr": frozenset(_FR.split()),
    "es": frozenset(_ES.split()),
}
