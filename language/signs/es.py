"""Spanish. Letters have no marks: "é" is "e", "ñ" is "n". Verbs imply the subject, without a pronoun."""

from language.signs.form import Signs, any_of, pattern

I_MAY = (
    r"(?:puedo|podria|podemos|podriamos|debo|debemos|tengo que|tenemos que|hay que|se puede|se debe|es posible|"
    r"necesito|necesitamos)"
)
MY = r"(?:mi|mis|nuestro|nuestra|nuestros|nuestras)"
ACTS = any_of(
    """cancela cancele cancelen cambia cambie cambien envia envie envien borra borre elimina elimine reserva reserve
    pide pida bloquea bloquee desbloquea desbloquee reembolsa reembolse transfiere transfiera paga pague activa active
    desactiva desactive llama llame pon ponga haz haga dame deme dime digame comprueba compruebe anade anada quita
    quite sube baja para detiene confirma confirme sigue ayuda ayudame ayudeme busca busque muestra muestrame recuerda
    recuerdame traduce cierra cierre abre abra actualiza actualice modifica modifique"""
)
SHOP_DOES = any_of(
    """envian enviais envia aceptan aceptais ofrecen ofreceis tienen teneis venden vendeis reparan reparais cobran
    cobrais hacen haceis usan usais admiten devuelven reembolsan entregan mandan trabajan"""
)
TERMS = any_of(
    """plazo plazos gastos coste costes costo costos condicion condiciones regla reglas politica politicas garantia
    garantias direccion horario horarios paises formas metodos medios opciones tamano tamanos dimensiones medidas peso
    material materiales diferencia diferencias duracion limite limites importe descuento descuentos excepciones
    documentos monedas funciones requisitos ventajas pasos proceso procedimiento capacidad autonomia temperatura
    telefono numero tipos tarifas"""
)

SIGNS = Signs(
    greeting=pattern(
        r"^(?:hola|buenos dias|buenas(?: tardes| noches)?|perdon|disculpen?|una pregunta|pregunta|por favor|"
        r"gracias)(?: (?:a todos|equipo|que tal))?\b",
    ),
    act=pattern(
        r"^(?:puedes|puede|pueden|podrias|podria usted|podrian|podeis|quieres|me puedes|me puede|me podrias|"
        r"me pueden)\b",
        rf"^(?:por favor |ahora )?{ACTS} (?!(?:usted|ustedes)\b)",
        r"^(?:quiero|queremos|quisiera|querria|me gustaria|deseo|necesito (?!(?:un|una|algun|alguna) (?:cuenta|"
        r"recibo|ticket))|"
        r"voy a|vamos a)\b",
        r"^\w{3,}(?:enme|anme|eme|ame|adme|edme|enos|anos|ennos)\b",
        rf"\by {ACTS} (?:{MY}|el|la|los|las|lo|me)\b",
    ),
    live=pattern(
        rf"\b(?:donde|cuando|por que|si|ha|han|esta|estan) (?:esta |estan |llega |llegara |va |ha |han |me |"
        rf"se )?{MY}\b",
        rf"\b{MY} (?:\w+ ){{1,3}}(?:esta|estan|es|no|ha|han|llega|llegara|va|sigue|fue)\b",
        r"\b(?:estado|seguimiento|saldo|retraso|novedades|noticias|averia|trafico|tiempo que hace) (?:de|del|sobre|"
        r"en)\b",
        r"\b(?:en stock|agotad\w+|disponible\w*|hay existencias|cerca de|mas cercan\w+)\b",
        r"\b(?:me|nos) (?:han|ha|cobraron|cobro|llego|enviaron|devolvieron|llega|llegara|van|va)\b|"
        r"\bcuando (?:recibo|recibire"
        r"|me llega)\b",
    ),
    passing=pattern(
        r"\b(?:hoy|manana|ayer|ahora|actual|actuales|actualmente|en este momento|reciente\w*|recientemente|ultim\w+|"
        r"proxim\w+|"
        r"todavia|aun|ya|pronto|hoy en dia|noticias|pronostico)\b",
        r"\b(?:esta|este) (?:semana|ano|mes|manana|tarde|noche|verano|invierno|otono|primavera|temporada|"
        r"fin de semana)\b",
        r"^quien(?:es)? (?:es|son|fue|era|tiene|dirige|preside|gano|gana)\b",
        r"\b(?:president\w+|ministr\w+|alcald\w+|director general|directora general|ceo|canciller|entrenador\w*|"
        r"campeon\w*|rey|"
        r"reina|papa|mas (?:grande|alto|alta|largo|larga|rapido|rico)|poblacion|habitantes|record\w*)\b",
    ),
    own=pattern(
        rf"\b(?:yo|me|nos|nosotros|nosotras|conmigo|mio|mia|mios|mias|{MY})\b",
        r"\b(?:he|hemos|tengo|tenemos|quiero|queremos|necesito|necesitamos|compre|pedi|pague|recibi|envie|devolvi|"
        r"perdi|hice|"
        r"estoy|estamos|soy|somos|puedo|podemos|debo|recibo|espero|llevo|quisiera|pagamos|compramos|pedimos)\b",
    ),
    anybody=pattern(
        rf"\b(?:como|donde|cuando|que|cuanto|cuantos|cuantas|cual|cuales|hasta cuando)(?: \w+){{0,3}}? {I_MAY}\b|"
        rf"^{I_MAY}\b",
        r"\bsi (?:no )?(?:pierdo|quiero|he|tengo|hago|compro|devuelvo|cancelo|me|recibo|necesito)\b",
        r"\bcuantos (?:dias|meses|anos) tengo para\b|\bque hago si\b|\bcuanto tiempo tengo para\b",
    ),
    the_way=pattern(
        rf"^(?:como|donde|de que manera) {I_MAY}\b(?!.{{0,30}}\b(?:ver|saber|si|donde)\b)",
        r"^(?:como|donde) (?:hago para |hacer para |se )?(?!(?:saber|ver|va|esta)\b)(?:\w+(?:ar|er|ir|arme|irme|"
        r"erme)|se \w+)\b",
        r"^como (?:cambio|cancelo|devuelvo|activo|configuro|uso|pago|hago|conecto|actualizo|restablezco|elimino|"
        r"cierro|abro|"
        r"solicito|pido|anado|limpio|cargo|instalo)\b",
        r"^(?:cuales son|que) (?:los )?pasos\b|^que (?:debo|tengo que|hay que) hacer\b",
    ),
    the_way_mine=pattern(rf"\b{MY}\b(?! contrasena)"),
    general=pattern(
        rf"^(?:a donde |donde |cuando |como |a que paises |que \w+ )?(?:no )?{SHOP_DOES}\b(?! (?:mi|mis)\b)",
        rf"^{I_MAY}\b|^hay (?:algun|alguna|un|una|gastos|descuento\w*|limite\w*|que)\b|^existe\b",
        r"^(?:en |durante )?(?:cuanto|cuantos|cuantas) (?:tiempo |dias |semanas |meses |anos |horas |\w+ )?(?:tarda|"
        r"tardan|dura|duran|"
        r"tengo para|hay para|pesa|mide|puedo|se puede|necesito|cabe|caben|hay que|es|son|lleva)\b",
        rf"^(?:cual|cuales|que) (?:es|son) (?:el|la|los|las|su|sus) (?:\w+ ){{0,2}}{TERMS}\b",
        rf"^que (?:\w+ )?{TERMS}\b",
        r"^que (?:significa|cubre|incluye|pasa si|ocurre si|sucede si|quiere decir|hago si|es (?:un|una)|diferencia)\b",
        r"^quien (?:paga|puede|debe|asume|cubre)\b|^por que (?:hay que|debo|se|el|la|los|las)\b",
        r"^(?:a que hora|cuando|hasta que hora|que dias|hasta cuando|a partir de cuando) (?:abren|abris|cierran|"
        r"cerrais|esta abiert\w+"
        r"|puedo|se puede|abre|cierra)\b",
        r"^(?:es|son|esta|estan) (?:el|la|los|las|un|una|posible|necesario|obligatorio|gratis|gratuit\w+|incluid\w+|"
        r"cubiert\w+|"
        r"permitid\w+|compatible\w*)\b",
        r"^(?:el|la|los|las) (?:\w+ ){0,5}(?:es|son|esta|estan|tiene|tienen|incluye|cubre) (?:\w+ ){0,2}\w+$",
    ),
    price=pattern(
        r"\b(?:precio\w*|cuesta|cuestan|coste|costes|vale|valen|tarifa\w*|cuanto es|caro|cara|tipo de cambio)\b"
    ),
    person=pattern(
        r"\b(?:hablar|chatear|comunicarme|contactar) con (?:un|una|alguien|algun|el|la) ?(?:\w+ )?(?:persona|humano|"
        r"agente|asesor\w*|"
        r"operador\w*|real|encargad\w+)?\b"
    ),
)
