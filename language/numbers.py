"""Number words, currencies, units, months and days, shared by everything that parses numbers and dates.

Each user interprets them itself: `normalise` writes "twenty five kilos" as "25 kg", `caching.matching.value_extraction`
compares amounts in four languages, and `conversations.context.entity_patterns` finds the facts of a conversation.
"""

from language.words import sequence_of, words_of

UNDER_TWENTY = (
    "zero one two three four five six seven eight nine ten eleven twelve thirteen fourteen fifteen sixteen "
    "seventeen eighteen nineteen"
)
NUMBER_WORDS = {word: value for value, word in enumerate(sequence_of(UNDER_TWENTY))}
NUMBER_WORDS |= {
    "twenty": 20,
    "thirty": 30,
    "forty": 40,
    "fifty": 50,
    "sixty": 60,
    "seventy": 70,
    "eighty": 80,
    "ninety": 90,
}
NUMBER_WORDS |= {"hundred": 100, "thousand": 1000, "million": 1000000}
# German, French and Spanish, without "one", which is also an article.
_FOREIGN = sequence_of("""
zwei 2 drei 3 vier 4 fünf 5 sechs 6 sieben 7 neun 9 zehn 10 elf 11 zwölf 12 vierzehn 14 fünfzehn 15 zwanzig 20
dreißig 30 vierzig 40 fünfzig 50 sechzig 60 neunzig 90 hundert 100
deux 2 trois 3 quatre 4 cinq 5 sept 7 huit 8 dix 10 onze 11 douze 12 quatorze 14 quinze 15 vingt 20 trente 30
quarante 40 cinquante 50 soixante 60
tres 3 cuatro 4 cinco 5 seis 6 siete 7 ocho 8 nueve 9 diez 10 doce 12 catorce 14 quince 15 veinte 20 treinta 30
cuarenta 40 cincuenta 50 sesenta 60 noventa 90 cien 100
""")
FOREIGN_NUMBER_WORDS = dict(zip(_FOREIGN[::2], map(int, _FOREIGN[1::2]), strict=True))

CURRENCIES = {"€": "eur", "£": "gbp", "$": "usd", "¥": "jpy", "%": "percent"}
CURRENCIES |= dict.fromkeys(("euro", "euros"), "eur") | dict.fromkeys(("dollar", "dollars"), "usd")
# For comparing amounts but not in questions: "pound" is also a weight.
MORE_CURRENCIES = {code: code for code in ("eur", "usd", "gbp", "chf", "percent")}
MORE_CURRENCIES |= {"pound": "gbp", "pounds": "gbp", "prozent": "percent", "francs": "chf", "franken": "chf"}
UNITS = {
    spelling: unit
    for unit, spellings in {
        "kg": "kgs kilo kilos kilogram kilograms kilogramme kilogrammes",
        "gram": "grams gramme grammes",  # "5G" is not a weight
        "lb": "lbs",
        "cm": "centimetre centimetres centimeter centimeters",
        "mm": "millimetre millimetres millimeter millimeters",
        "km": "kms kilometre kilometres kilometer kilometers",
        "gb": "gigabyte gigabytes gigs",
        "mb": "megabyte megabytes",
        "minute": "min mins minutes",
        "hour": "hr hrs hours",
        "day": "days",
        "week": "wk wks weeks",
        "month": "months mths",
        "year": "yr yrs years",
        "mph": "mph",
    }.items()
    for spelling in spellings.split()
}

# Spelled-out units count everywhere; "min", "hr" or "gigs" only after a number.
MEASURED = words_of(
    "kilo kilos kilogram kilograms gram grams gramme grammes centimetre centimetres centimeter centimeters "
    "millimetre millimetres millimeter millimeters kilometre kilometres kilometer kilometers gigabyte gigabytes "
    "megabyte megabytes minute minutes hour hours day days week weeks month months year years percent euro euros "
    "dollar dollars eur usd gbp"
)

MONTH_NAMES = tuple(
    sequence_of("january february march april may june july august september october november december")
)
MONTHS = frozenset(MONTH_NAMES)
WEEKDAYS = words_of("monday tuesday wednesday thursday friday saturday sunday")
# "may" and "march" are also verbs.
TIME_WORDS = (
    WEEKDAYS
    | (MONTHS - {"may", "march"})
    | words_of("today tonight tomorrow yesterday weekend weekday morning afternoon evening night noon midnight")
    | words_of("spring summer autumn winter christmas easter")
)
ORDINALS = words_of("first second third fourth fifth sixth seventh eighth ninth tenth last next previous")
