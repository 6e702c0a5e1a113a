"""Polish. Letters have no marks: "ł" is "l", "ż" is "z". Verbs imply the subject, without a pronoun."""

from language.signs.form import Signs, any_of, pattern

I_MAY = r"(?:moge|mozemy|mozna|musze|musimy|trzeba|nalezy|powinienem|powinnam|wolno)"
MY = r"(?:moj|moja|moje|mojego|mojej|moim|moich|mojemu|nasz|nasza|nasze|naszego|naszej|swoje|swoj|swojego|swojej|swoja)"
SHOP_DOES = any_of(
    """wysylacie dostarczacie akceptujecie przyjmujecie oferujecie macie sprzedajecie naprawiacie zwracacie pobieracie
    prowadzicie stosujecie uzywacie realizujecie"""
)
TERMS = any_of(
    """termin terminy czas koszt koszty oplata oplaty warunki zasady regulamin gwarancja gwarancji adres godziny kraje
    metody formy sposoby opcje rozmiar rozmiary wymiary waga material materialy roznica roznice limit limity kwota
    rabat rabaty wyjatki dokumenty waluty funkcje wymagania zalety kroki procedura pojemnosc zasieg temperatura numer
    rodzaje"""
)

SIGNS = Signs(
    greeting=pattern(
        r"^(?:czesc|witam|hej|dzien dobry|dobry wieczor|przepraszam|pytanie|mam pytanie|dziekuje|prosze)\b",
    ),
    act=pattern(
        r"^(?:czy )?(?:mozesz|mozecie|moglbys|moglabys|moglibyscie|moze pan|moze pani)\b",
        r"^(?:prosze |teraz )?(?:anuluj|anulujcie|zmien|zmiencie|wyslij|wyslijcie|usun|zarezerwuj|zamow|zablokuj|"
        r"odblokuj|zwroc|"
        r"przelej|zaplac|aktywuj|zadzwon|ustaw|zrob|daj|powiedz|sprawdz|sprawdzcie|dodaj|potwierdz|pomoz|znajdz|"
        r"pokaz|przypomnij|"
        r"przetlumacz|zamknij|otworz|przenies)\b",
        r"^(?:chce|chcemy|chcialbym|chcialabym|chcielibysmy|potrzebuje|prosze o)\b",
    ),
    live=pattern(
        rf"\b(?:gdzie|kiedy|dlaczego|czy) (?:jest |sa |bedzie |przyjdzie |dotrze |dostane |otrzymam )?{MY}\b",
        r"\b(?:status|stan|saldo|opoznienie|sledzenie|awaria|korki|pogoda)\b|\b(?:dostepn\w+|w magazynie|"
        r"wyprzedan\w+|najblizsz\w+)\b",
        r"\bkiedy (?:dostane|otrzymam)\b",
    ),
    passing=pattern(
        r"\b(?:dzis|dzisiaj|jutro|wczoraj|teraz|obecnie|obecn\w+|aktualn\w+|w tej chwili|ostatni\w*|nastepn\w+|"
        r"najnowsz\w+|"
        r"jeszcze|juz|niedlugo|wiadomosci|prognoza|przyszl\w+|zeszl\w+)\b|\b(?:w tym|tym|tego) (?:tygodniu|roku|"
        r"miesiacu)\b",
        r"^kto (?:jest|byl|ma|kieruje|rzadzi|wygral)\b",
        r"\b(?:prezydent\w*|premier\w*|minister\w*|burmistrz\w*|prezes\w*|dyrektor\w*|trener\w*|mistrz\w*|krol\w*|"
        r"papiez|najwieksz\w+|"
        r"najwyzsz\w+|najdluzsz\w+|ludnosc|mieszkancow|rekord\w*)\b",
    ),
    own=pattern(
        rf"\b(?:ja|mnie|mi|mna|my|nas|nam|nami|{MY})\b|\b(?:mam|mamy|chce|chcemy|moge|mozemy|musze|musimy|jestem|"
        rf"jestesmy|kupilem|kupilam|"
        r"zamowilem|zamowilam|zaplacilem|zaplacilam|otrzymalem|otrzymalam|czekam|potrzebuje|zgubilem|zgubilam|"
        r"dostane|otrzymam)\b"
    ),
    anybody=pattern(
        rf"\b(?:jak|gdzie|kiedy|co|ile|jaki|jakie|jaka|czy|do kiedy|w jaki sposob)(?: \w+){{0,3}}? {I_MAY}\b|"
        rf"^{I_MAY}\b",
        r"\bjesli (?:nie )?\w+\b|\bile (?:czasu|dni) mam na\b",
    ),
    the_way=pattern(
        rf"^(?:jak|gdzie|w jaki sposob) {I_MAY}\b(?!.{{0,30}}\b(?:sprawdzic|zobaczyc|czy)\b)",
        r"^(?:jak|gdzie) (?!(?:sprawdzic|zobaczyc)\b)\w+c\b|^co (?:musze|trzeba|nalezy|powinienem) zrobic\b",
    ),
    the_way_mine=pattern(rf"\b{MY}\b(?! haslo| hasla)"),
    general=pattern(
        rf"^(?:czy |dokad |kiedy |jak |do jakich krajow |jakie \w+ )?{SHOP_DOES}\b",
        rf"^(?:czy )?{I_MAY}\b|^czy (?:jest|sa|istnieje|istnieja) (?:jakis|jakies|jakas|limit|oplata|oplaty|"
        rf"mozliwosc|znizka)\b",
        r"^(?:jak dlugo|ile) (?:czasu |dni |tygodni |miesiecy |lat |godzin )?(?:trwa|trwaja|mam na|jest wazn\w+|"
        r"mozna|moge|wazy|kosztuje|"
        r"zajmuje|obowiazuje)\b",
        rf"^(?:jaki|jaka|jakie) (?:jest|sa) (?:\w+ ){{0,2}}{TERMS}\b|^(?:jaki|jaka|jakie) (?:\w+ )?{TERMS}\b",
        r"^co (?:oznacza|obejmuje|zawiera|to (?:jest|znaczy)|sie stanie|sie dzieje|zrobic jesli)\b",
        r"^kto (?:placi|moze|musi|pokrywa)\b|^dlaczego (?:trzeba|nalezy)\b",
        r"^(?:o ktorej|w jakich godzinach|do kiedy|w jakie dni) (?:otwieracie|zamykacie|jestescie|mozna|moge)\b",
        r"^czy (?!(?:moj|moja|moje|mojego|mam|jest|sa|to|ten|ta)\b)\w+ (?:\w+ ){0,4}(?:jest|sa) (?:\w+ ){0,1}\w+$",
    ),
    price=pattern(r"\b(?:cena|ceny|ile kosztuje|kosztuje|kosztuja|koszt|koszty|oplata|oplaty|kurs)\b"),
    person=pattern(
        r"\b(?:rozmawiac|porozmawiac|polaczyc) (?:sie )?z (?:\w+ )?(?:czlowiekiem|konsultantem|osoba|pracownikiem|"
        r"kims)\b"
    ),
)
