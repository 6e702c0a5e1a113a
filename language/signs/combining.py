"""Words that show that an answer has to compare or to add up, by language. Casefolded, one word each."""

from language.words import words_of

COMBINING: dict[str, set[str]] = {
    "en": words_of(
        "compare compared comparison versus vs difference differences differ cheaper dearer cheapest faster fastest "
        "better best total altogether sum combined cumulative"
    ),
    "de": words_of(
        "vergleich vergleichen verglichen unterschied unterschiede unterscheiden billiger günstiger günstigste "
        "schneller besser insgesamt zusammen summe"
    ),
    "es": words_of(
        "comparar comparación comparado diferencia diferencias versus barato rápido mejor total suma juntos juntas"
    ),
    "fr": words_of(
        "comparer comparaison comparé différence différences versus meilleur meilleure total somme ensemble"
    ),
    "it": words_of("confronto confrontare differenza differenze conviene migliore totale somma insieme complessivo"),
    "nl": words_of("vergelijken vergeleken verschil verschillen goedkoper goedkoopste sneller beter totaal samen"),
    "pl": words_of("porównać porównanie różnica różnice różni tańszy tańsza tańsze szybszy lepszy łącznie razem suma"),
    "pt": words_of("comparar comparação comparado diferença diferenças versus melhor total soma juntos juntas"),
}
