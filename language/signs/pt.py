"""Portuguese. Letters have no marks: "ã" is "a", "ç" is "c"."""

from language.signs.form import Signs, any_of, pattern

I_MAY = (
    r"(?:posso|podemos|poderia|devo|devemos|tenho de|tenho que|temos de|pode se|deve se|e possivel|e preciso|"
    r"e necessario|preciso)"
)
MY = r"(?:meu|minha|meus|minhas|nosso|nossa|nossos|nossas)"
SHOP_DOES = any_of(
    """enviam envia entregam aceitam oferecem tem vendem reparam consertam reembolsam cobram fazem usam trabalham
    fornecem voces"""
)
TERMS = any_of(
    """prazo prazos custo custos taxa taxas condicoes regras politica garantia endereco morada horario horarios paises
    metodos formas opcoes tamanho tamanhos dimensoes medidas peso material materiais diferenca diferencas duracao
    limite limites valor desconto descontos excecoes documentos moedas funcoes requisitos vantagens passos
    procedimento capacidade autonomia temperatura telefone numero tipos portes"""
)

SIGNS = Signs(
    greeting=pattern(
        r"^(?:ola|oi|bom dia|boa tarde|boa noite|desculpe?|uma pergunta|pergunta|por favor|obrigad[oa])(?: a todos)?\b",
    ),
    act=pattern(
        r"^(?:podes|pode (?!(?:se)\b)|podem|poderia voce|poderiam|voce pode|voces podem|queres|quer)\b",
        r"^(?:por favor |agora )?(?:cancela|cancele|cancelem|muda|mude|altere|altera|envia|envie|apague|apaga|"
        r"remova|reserva|reserve|"
        r"encomenda|bloqueia|bloqueie|desbloqueie|reembolse|transfira|pague|ative|desative|ligue|liga|ponha|coloque|"
        r"faca|faz|diga|"
        r"verifique|verifica|adicione|confirme|ajude|ajuda|procure|mostre|lembre|traduza|feche|abra|"
        r"atualize) (?!(?:se)\b)",
        r"^(?:quero|queremos|queria|gostaria|gostava|desejo|vou|vamos|preciso (?:que|cancelar|mudar|alterar|"
        r"de (?!uma conta)))\b",
    ),
    live=pattern(
        rf"\b(?:onde|quando|porque|por que|se) (?:esta |estao |fica |chega |chegara |vai |o |a |os |as )*{MY}\b",
        rf"\b{MY} (?:\w+ ){{1,3}}(?:esta|estao|e|nao|foi|chega|chegara|ainda)\b",
        r"\b(?:estado|status|saldo|atraso|novidades|noticias|rastreio|transito|avaria) (?:da|do|de|das|dos|sobre)\b",
        r"\b(?:em stock|em estoque|esgotad\w+|disponive\w+|perto de|mais proxim\w+)\b|\bquando (?:recebo|"
        r"vou receber|chega)\b",
    ),
    passing=pattern(
        r"\b(?:hoje|amanha|ontem|agora|atual|atuais|atualmente|neste momento|recente\w*|ultim\w+|proxim\w+|ainda|ja|"
        r"em breve|"
        r"noticias|previsao)\b|\b(?:esta|este|nesta|neste) (?:semana|ano|mes|manha|tarde|noite|verao|inverno|"
        r"temporada)\b",
        r"^quem (?:e|sao|foi|era|tem|dirige|ganhou)\b",
        r"\b(?:president\w+|ministr\w+|prefeit\w+|presidente da camara|diretor geral|ceo|treinador\w*|campea\w*|rei|"
        r"rainha|papa|"
        r"maior|mais alto|mais longo|populacao|habitantes|recorde\w*)\b",
    ),
    own=pattern(
        rf"\b(?:eu|me|mim|comigo|nos|{MY})\b|\b(?:tenho|temos|quero|queremos|preciso|comprei|pedi|paguei|recebi|"
        rf"enviei|devolvi|perdi|fiz|"
        r"estou|estamos|sou|somos|posso|podemos|devo|recebo|espero|gostaria)\b"
    ),
    anybody=pattern(
        rf"\b(?:como|onde|quando|que|quanto|quantos|quantas|qual|quais|ate quando)(?: \w+){{0,3}}? {I_MAY}\b|"
        rf"^{I_MAY}\b",
        r"\bse (?:nao )?(?:perder|quiser|tiver|eu)\b|\bquantos dias tenho para\b|\bquanto tempo tenho para\b",
    ),
    the_way=pattern(
        rf"^(?:como|onde|de que forma) {I_MAY}\b(?!.{{0,30}}\b(?:ver|saber|se|onde)\b)",
        r"^(?:como|onde) (?:faco para |fazer para |se )?(?!(?:saber|ver|vai|esta)\b)\w+(?:ar|er|ir)\b|^como se \w+",
        r"^(?:quais sao os|que) passos\b|^(?:o )?que (?:devo|tenho de|tenho que|e preciso) fazer\b",
    ),
    the_way_mine=pattern(rf"\b{MY}\b(?! senha| palavra)"),
    general=pattern(
        rf"^(?:para onde |onde |quando |como |para que paises |que \w+ |voces )?(?:nao )?{SHOP_DOES}\b(?! (?:meu|"
        rf"minha)\b)",
        rf"^{I_MAY}\b|^(?:ha|existe|existem) (?:algum|alguma|um|uma|custos|taxas|limite|desconto\w*)\b",
        r"^(?:em |durante )?(?:quanto|quantos|quantas) (?:tempo |dias |semanas |meses |anos |horas |\w+ )?(?:demora|"
        r"demoram|dura|duram|leva|"
        r"tenho para|pesa|mede|posso|se pode|preciso|cabe|e|sao|custa|custam)\b",
        rf"^(?:qual|quais|que) (?:e|sao) (?:o|a|os|as|seu|sua|vossa) (?:\w+ ){{0,2}}{TERMS}\b|^que (?:\w+ )?{TERMS}\b",
        r"^(?:o )?que (?:significa|cobre|inclui|acontece se|quer dizer|faco se|e (?:um|uma))\b",
        r"^quem (?:paga|pode|deve|cobre)\b|^(?:porque|por que) (?:e preciso|se|o|a|os|as)\b",
        r"^(?:a que horas|quando|ate que horas|em que dias|ate quando) (?:abrem|fecham|esta abert\w+|posso|se pode|"
        r"abre|fecha)\b",
        r"^(?:o|a|os|as) (?!(?:que)\b)(?:\w+ ){0,5}(?:e|sao|tem|inclui|cobre) (?:\w+ ){0,2}\w+$|^e (?:gratis|"
        r"gratuit\w+|possivel|"
        r"obrigatori\w+|necessari\w+|compativel)\b",
    ),
    price=pattern(r"\b(?:preco|precos|custa|custam|custo|custos|tarifa\w*|quanto e|caro|cara|taxa de cambio)\b"),
    person=pattern(
        r"\b(?:falar|conversar) com (?:um|uma|alguem|algum|alguma|o|a) ?(?:\w+ )?(?:pessoa|humano|atendente|agente|"
        r"operador\w*)?\b"
    ),
)
