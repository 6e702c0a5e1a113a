"""Italian. Letters have no marks: "è" is "e"."""

from language.signs.form import Signs, any_of, pattern

I_MAY = r"(?:posso|possiamo|potrei|devo|dobbiamo|dovrei|si puo|si deve|e possibile|bisogna|occorre|serve|servono)"
MY = r"(?:mio|mia|miei|mie|nostro|nostra|nostri|nostre)"
SHOP_DOES = any_of(
    """spedite spedisce accettate offrite avete vendete riparate rimborsate fate consegnate prendete usate addebitate
    fornite ritirate"""
)
TERMS = any_of(
    """termine termini tempi tempo costi costo spese condizioni regole politica garanzia indirizzo orari orario paesi
    metodi modalita opzioni taglie dimensioni misure peso materiale materiali differenza differenze durata limite
    limiti importo sconto sconti eccezioni documenti valute funzioni requisiti vantaggi passaggi procedura capacita
    autonomia temperatura numero telefono tipi"""
)

SIGNS = Signs(
    greeting=pattern(
        r"^(?:ciao|salve|buongiorno|buonasera|scusate|scusi|scusa|una domanda|per favore|grazie)(?: a tutti)?\b",
    ),
    act=pattern(
        r"^(?:puoi|potresti|potete|potreste|puo|potrebbe|vuoi|volete|mi puoi|mi potete)\b",
        r"^(?:per favore |ora )?(?:annulla|annullate|cambia|cambiate|invia|inviate|cancella|cancellate|prenota|"
        r"ordina|blocca|"
        r"bloccate|sblocca|rimborsa|rimborsate|trasferisci|paga|attiva|disattiva|chiama|metti|fai|dammi|dimmi|"
        r"controlla|"
        r"controllate|aggiungi|togli|conferma|aiutami|cerca|mostrami|ricordami|traduci|chiudi|apri|aggiorna|"
        r"modifica)\b",
        r"^(?:voglio|vogliamo|vorrei|vorremmo|desidero|ho bisogno|mi serve|mi piacerebbe)\b",
    ),
    live=pattern(
        rf"\b(?:dove|quando|perche|se) (?:e |sono |si trova |arriva |arrivera |il |la |i |le |ha |hanno )*{MY}\b",
        rf"\b{MY} (?:\w+ ){{1,3}}(?:e|sono|non|ha|hanno|arriva|arrivera)\b",
        r"\b(?:stato|saldo|ritardo|novita|notizie|traffico|tracciamento|guasto) (?:del|della|dello|dei|di|su|"
        r"dell'\w+)\b",
        r"\b(?:disponibil\w+|esaurit\w+|in magazzino|piu vicin\w+|vicino a)\b|\bavete (?:ricevuto|spedito|annullato|"
        r"rimborsato)\b",
    ),
    passing=pattern(
        r"\b(?:oggi|domani|ieri|adesso|ora|attual\w+|in questo momento|recent\w+|ultim\w+|prossim\w+|ancora|gia|presto|"
        r"notizie|previsioni)\b|\b(?:questa|questo|quest'\w+) (?:settimana|anno|mese|mattina|sera|estate|inverno|"
        r"stagione)\b",
        r"^chi (?:e|sono|era|ha|guida|dirige|possiede|vince)\b",
        r"\b(?:president\w+|ministr\w+|sindac\w+|amministratore delegato|ceo|allenatore|campion\w+|papa|re|regina|"
        r"piu (?:grande|alto|"
        r"alta|lungo|ricco)|popolazione|abitanti|record)\b",
    ),
    own=pattern(
        rf"\b(?:io|me|mi|noi|{MY})\b|\b(?:ho|abbiamo|sono|siamo|voglio|vorrei|posso|devo|possiamo|dobbiamo|potrei|"
        rf"dovrei|aspetto"
        r"|pago|ricevo)\b",
    ),
    anybody=pattern(
        rf"\b(?:come|dove|quando|cosa|che|quanto|quanti|quante|quale|quali|entro quanto)(?: \w+){{0,3}}? {I_MAY}\b|"
        rf"^{I_MAY}\b",
        r"\bse (?:non )?(?:ho|perdo|voglio|devo|posso|sono)\b|\b(?:sono|vengono) (?:gratuit\w+|inclus\w+|"
        r"accettat\w+|copert\w+)\b",
        r"\bquali sono\b|\bci sono\b|\bcosa succede se mi\b|\bquanto tempo ho\b",
    ),
    the_way=pattern(
        rf"^(?:come|dove|in che modo) {I_MAY}\b(?!.{{0,30}}\b(?:vedere|sapere|se|dove)\b)",
        r"^(?:come|dove) (?:si |faccio a |fare a |fare per )?(?!(?:sapere|vedere|va|sta)\b)\w+(?:are|ere|ire|armi|"
        r"irmi|ermi)\b",
        r"^come si \w+|^cosa (?:devo|bisogna|occorre) fare\b|^quali sono i passaggi\b",
    ),
    the_way_mine=pattern(rf"\b{MY}\b(?! password)"),
    general=pattern(
        rf"^(?:dove |quando |come |in quali paesi |quali \w+ |che \w+ )?{SHOP_DOES}\b",
        rf"^{I_MAY}\b|^(?:c'e|ci sono|esiste|esistono) (?:un|una|dei|delle|uno|costi|spese|limiti|sconti)\b",
        r"^(?:in |per |entro )?(?:quanto|quanti|quante) (?:tempo |giorni |settimane |mesi |anni |ore |"
        r"\w+ )?(?:ci vuole|ci vogliono|dura"
        r"|durano|impiega|ho per|pesa|misura|posso|si puo|serve|servono|costa|costano)\b",
        rf"^(?:qual|quale|quali|che) (?:e|sono) (?:il|la|i|le|gli|l'\w++|la vostra|il vostro|i vostri|"
        rf"le vostre) ?(?:\w+ ){{0,2}}{TERMS}\b",
        rf"^(?:quali|che) (?:\w+ )?{TERMS}\b",
        r"^(?:cosa|che cosa) (?:significa|copre|include|comprende|succede se|vuol dire|e (?:un|una))\b",
        r"^chi (?:paga|puo|deve|copre)\b|^perche (?:bisogna|si deve|il|la|i|le)\b",
        r"^(?:a che ora|quando|fino a quando|in quali giorni) (?:aprite|chiudete|siete|e apert\w+|posso|si puo|apre|"
        r"chiude)\b",
        r"^(?:il|la|i|le|gli|l'\w+|lo) (?:\w+ ){0,5}(?:e|sono|ha|copre|include) (?:\w+ ){0,2}\w+$|^e (?:gratuit\w+|"
        r"inclus\w+|possibile|"
        r"obbligatori\w+|necessari\w+|compatibile)\b",
    ),
    price=pattern(r"\b(?:prezzo|prezzi|costa|costano|costo|costi|tariff\w+|quanto viene|caro|cara|tasso di cambio)\b"),
    person=pattern(
        r"\b(?:parlare|chattare) con (?:un|una|qualcuno|un') ?(?:\w+ )?(?:persona|operatore|umano|agente|consulente)?\b"
    ),
)
