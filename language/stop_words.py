"""Words that carry no topic, by language. Short on purpose: a word wrongly left in costs little."""

from __future__ import annotations

_EN = """
a an the and or but if then than so as of at by for from in into on onto out over to up with within about
is are was were be been being am do does did doing done have has had having can could may might must shall
should will would it its it's this that these those there here i i'm i've i'd me my mine myself we us our ours
you your yours he she they them their his her him what which who whom whose when where why how not no nor only
just also too very please thanks thank hi hello hey dear want wants wanted need needs like get got getting let
lets us any some all more most much many such same other another own each per via really know tell say said
dont don't doesn't didn't cant can't won't isn't aren't wasn't couldn't wouldn't shouldn't possible able way
ways one ones ok okay yes anyone someone something anything thing things
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

STOP_WORDS: dict[str, frozenset[str]] = {
    "en": frozenset(_EN.split()),
    "de": frozenset(_DE.split()),
    "fr": frozenset(_FR.split()),
    "es": frozenset(_ES.split()),
}
