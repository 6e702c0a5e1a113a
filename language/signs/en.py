"""English."""

from language.signs.form import Signs, any_of, pattern

WHO = any_of("i you we one people someone somebody anyone customers?")
THEIR = any_of("my our mine ours")
ACTS = any_of(
    """accept activate add adjust alert allow announce apply approve arrange assign authorize authorise begin bill
    block book bring buy call cancel change charge check clear close connect confirm contact convert copy correct
    credit cut deactivate decline decrease delete deliver deposit dim disable dismiss dispute double downgrade email
    enable end enroll enrol ensure erase escalate exchange expedite extend fetch file fill find finish fix flag flip
    forward freeze get give go grab guide hold import increase initiate install invite issue join keep let link list
    load locate lock log look lower mail make mark message modify move mute notify number off open order organize pause
    pay pick ping place play please postpone power process provide pull purchase push put quit raise read reactivate
    rebook redeem redirect reduce refill refund register reject release remember remind remove rename renew rent repeat
    replace reply report request resend reschedule reserve reset resolve restart restore resume return reverse revert
    ring roll run save say schedule search sell send set setup share show shut sign silence skip slow snooze speak speed
    split start stop submit subscribe suspend swap switch sync take tell terminate text throw top trace track transfer
    translate trigger try turn type unblock undo unfreeze unlink unlock unsubscribe update upgrade use verify wake waive
    withdraw write"""
)
# Imperative objects: after "and", a verb is an order of its own only with one of these.
DEFINITE = any_of("my our mine the this that these those it them me us him her all")
# Sufficient without a verb: "return policy", "delivery times to Norway".
KEYWORD = any_of(
    """policy policies hours? warranty guarantee fee fees costs? charges times? address requirements deadline conditions
    dimensions sizes? weight specifications specs ingredients instructions"""
)
# Information that only the account, or a look out of the window, can provide.
STATE = any_of(
    """status progress whereabouts location balance balances update updates news eta tracking outage outages delay
    delays traffic weather forecast queue wait activity history usage alert alerts availability"""
)
ACCOUNT = any_of(
    """account accounts application appointment appointments balance bill bills booking calendar car card claim contract
    delivery deposit flight invoice loan luggage meeting meetings membership order orders package parcel password
    paycheck payment payments policy reservation reservations salary schedule shipment statement subscription ticket
    transaction transactions transfer trip vacation"""
)
# What a shop states about itself, its goods and its terms.
TERMS = any_of(
    """accessories address advantages allowance basis benefits capacity capacities charge charges colou?rs condition
    conditions contact contents country countries coverage criteria deadline deadlines depth
    diameter difference differences dimensions discount discounts duration email eligibility exceptions exclusions
    exclusion features fee fees format formats guarantee guarantees guideline guidelines height hours? ingredients
    instructions length limit limits limitations material materials maximum meaning method methods minimum options
    penalty penalties period periods policy policies principle procedure procedures process purpose reason reasons
    requirement requirements resolution restriction restrictions rule rules size sizes specification specifications
    specs steps terms threshold time times? type types validity voltage warranty warranties wattage weight width zone
    zones"""
)
CARE = any_of("battery capacity cooking delivery dispatch opening payment return returns shipping storage washing")
PROPERTY = (
    r"(?:free|included|covered|required|allowed|permitted|possible|\w+ safe|necessary|mandatory|compulsory|optional|"
    r"legal|"
    r"illegal|dutiable|insured|certified|guaranteed|vegan|organic|recycled|rechargeable|compatible|suitable|supported|"
    r"waterproof|washable|fireproof|heatproof|prohibited|forbidden|excluded|accepted|\w+able|\w+ible|\w+proof)"
)
# "Can I get ...?" requests it; "can I return ...?" asks whether it is possible.
ASKED_FOR = any_of(
    """get have see know hear talk speak book reserve order schedule make check find view borrow ask tell request
    receive add set start play rent meet expect help give buy send transfer be do look put move deposit withdraw apply
    sign enroll enrol purchase switch turn travel fly go visit drive walk safely start stop begin eat drink"""
)
SENDING = any_of("ship deliver post export dispatch")
MEASURE = any_of("heavy tall wide deep loud thick big large")
# Doing these with one's own things requires an account lookup.
WITH_MINE = any_of(
    """access activate add adjust alter apply block book cancel cash change check claim clear close confirm contact
    correct deactivate decrease delete deposit dispute downgrade edit enroll exchange extend find freeze get increase
    know locate lock look lower make modify move obtain open order pause pay put raise receive redeem remove renew
    replace report request reschedule reserve resolve resume retrieve review schedule see send sign spend start stop
    switch tell track transfer unblock unfreeze unlock update upgrade use verify view withdraw"""
)
ABOUT_ONESELF = any_of("think like love know feel believe live sleep dream remember want hate speak enjoy prefer eat")
GETTING_THERE = r"(?:get|drive|walk|fly|travel|reach|commute|bike|cycle|come|go|arrive|run)"

SIGNS = Signs(
    greeting=pattern(
        r"^(?:hello|hi|hey|good (?:morning|afternoon|evening)|dear \w+|excuse me|sorry)(?: (?:there|all|team))?\b",
    ),
    act=pattern(
        rf"^(?:now |just |then )?(?:can|could|would|will) (?:you|u|someone)\b(?! {SENDING} )",
        rf"^(?:now |just |then )?(?:can|could) we {ACTS}\b",
        rf"^(?:i|we) (?:want|need|would like|wish|have|would love|am trying|am looking|am going) (?:you )?to {ACTS}\b",
        rf"^(?:let us |go ahead and |help me |now |just |then )?{ACTS} (?!(?:do|does|can|is|are|{KEYWORD})\b)",
        r"^(?:let me|i will|i am going to|i would like|i want|i need|give me|get me)\b",
        rf"\b(?:and|then|so|but|or) (?:then |also |now |just )?(?:can you |could you )?{ACTS} {DEFINITE}\b"
        r"(?! (?:and|or)\b)",
    ),
    live=pattern(
        rf"\b(?:any|an|the|latest|current|{THEIR}) (?:\w+ )?{STATE}\b(?! (?:policy|time|times|hours|fee|fees)\b)",
        rf"\b{STATE} (?:of|on|for|about|with|at|in|near) (?:the |this |that |an? )?",
        rf"\b(?:where|when|has|have|had|is|are|was|were|did|why) (?:is |are |was |were |will |did |does |do |has |"
        rf"have )?"
        rf"{THEIR}\b",
        r"\bdid you (?:\w+ )?(?:get|receive|send|ship|cancel|refund|charge|dispatch|process|credit|find|see|fix)\b",
        r"\bhave you (?:\w+ )?(?:received|sent|shipped|cancell?ed|refunded|charged|dispatched|processed|credited|"
        r"found)\b",
        r"\b(?:do|can) you (?:\w+ )?(?:have|see|find|know|hold) (?:\w+ )?(?:my|our|me)\b",
        r"\b(?:credit|spending) (?:limit|score|rating)$|\bminimum (?:payment|amount due|due|to pay)\b",
        r"\b(?:busy|crowded|packed|queue|queues|wait|waiting|line at|table at|playing|on air|song|holidays?)\b",
        r"\bwhat (?:time|day|date|month|year) is (?:it|today|the)\b|\btime ?zone\b|\bwhat is the (?:time|date)\b",
        r"\b(?:near|nearby|near me|around here|close by|closest|nearest|in here|over here|from here|right here)\b",
        rf"\b(?:for|on|of|in|to|from|about|under|with) (?:the|this|that) (?:\w+ ){{0,2}}{ACCOUNT}$",
        rf"^how much (?:is|was|are) (?:the|this|that) (?:\w+ ){{0,2}}{ACCOUNT}$",
        r"\b(?:eur|usd|gbp|jpy|pounds?|yen|francs?) (?:in|to|into) (?:eur|usd|gbp|jpy|pounds?|yen|francs?)\b",
        r"\bhow (?:much|many|long) (?:\w+ ){0,5}(?:left|remaining|owed|owe|so far|until|till)\b",
        r"\b(?:is|are|was|were|went|gone|been) (?:\w+ ){0,4}(?:down|delayed|late|busy|cancelled|canceled|closed|"
        r"broken)$",
        rf"\b(?:take|takes|far|time) (?:\w+ ){{0,3}}{GETTING_THERE} (?:to|from|there|home)\b",
    ),
    passing=pattern(
        r"\b(?:now|today|todays|tonight|tomorrow|yesterday|currently|current|at the moment|at present|presently|"
        r"nowadays|"
        r"these days|latest|newest|recent|recently|lately|so far|up to date|as of|upcoming|ongoing|still|yet|already|"
        r"any ?more|no longer|just (?:happened|released|announced)|news|weather|forecast|trending|incumbent|"
        r"reigning)\b",
        r"\b(?:this|next|last|past|coming) (?:\w+ )?(?:year|month|week|weekend|season|morning|afternoon|evening|night|"
        r"summer|winter|spring|autumn|fall|time|election|game|match|episode|flight|train|bus|holiday|day|hour|"
        r"\w+day)s?\b",
        r"^(?:who|which \w+|what \w+) (?:is|are|has|have|holds?|owns?|runs?|leads?|hosts?|plays?|represents?|won|"
        r"wins)\b"
        r"(?! (?:supported|accepted|covered|included|compatible|excluded|required|needed|allowed|available|"
        r"possible)\b)",
        r"^(?:who|whom|whose)\b(?! (?:pays?|can|may|do|does|should|must|covers?|bears?|qualif|is (?:eligible|allowed"
        r"|entitled|responsible|liable)|are (?:eligible|allowed|entitled)))",
        r"\b(?:president|prime minister|ceo|chief executive|governor|mayor|minister|chancellor|captain|coach|champion|"
        r"chairman|head of|leader of|senator|pope|king|queen|owner of|boss)\b",
        r"\b(?:most|highest|largest|biggest|tallest|longest|fastest|richest|oldest|youngest|greatest|best selling|"
        r"top \d+"
        r"|record|records|ranking|ranked|population|world cup|season \d+|how old|how many times|score|scores)\b",
        r"\b(?:in|out of|back in) stock\b|\bsold out\b|\bany (?:\w+ ){0,3}(?:left|available)\b|"
        r"\bhow many (?:\w+ ){0,3}left\b",
        r"\bwhen (?:is|does|will|do) (?:the )?(?:new|next|\w+ (?:come|comes|coming)|(?:\w+ ){1,5}(?:come out|"
        r"premiere|air"
        r"|be released|happen))\b",
        r"\b(?:travel|travell?ing|fly|flying|trip|visit|visiting|vacation) .{0,40}\bsafe|"
        r"\bsafe(?:ly)? (?:\w+ ){0,3}(?:travel|visit|go|fly"
        r"|in)\b|\btravel (?:alert|advisory|warning|restriction|ban|condition)s?\b|\b(?:light|heavy|bad) on the way\b",
        r"\blast (?!(?:name|word|step|page|digits?|four|for|long)\b)\w+\b",
    ),
    own=pattern(r"(?<![\w.])(?:i|me|my|mine|myself|we|us|our|ours|ourselves|im|ive|id|ill)(?![\w.])"),
    anybody=pattern(
        rf"\b(?:how|where|when|what|which|why|who)(?: \w+){{0,4}}? (?:do|can|could|should|would|may|might|must|shall) "
        rf"{WHO}\b(?! (?:owe|owed|spend|spent|earn|earned|have(?! to\b)|weigh|own)\b)",
        rf"\b(?:can|could|may|might|must|should|shall) {WHO}\b",
        rf"\b(?:do|does|did|will) {WHO} (?:need|have to|get charged|pay|be charged|have to pay|be able)\b",
        r"\bam i (?:able|allowed|required|supposed|obliged|permitted|eligible|entitled|liable|responsible)\b",
        r"\b(?:if|when|once|after|before|unless|in case|whether|while) (?:i|we)\b",
        r"\bif my\b|\b(?:for|allow|allows|let|lets|help|helps) me to\b",
    ),
    the_way=pattern(
        rf"^(?:how|where) (?:do|can|could|should|would|might|may|must) {WHO} (?:go about )?(?!(?:know|tell|see|find out"
        rf"|owe|look|spend|spent|rank|compare|feel|have(?! to\b))\b)",
        r"^how to \w+",
        r"^(?:what is|is there|are there) (?:the|a|an|any) (?:\w+ )?(?:way|ways|method|procedure|process|"
        r"steps?) (?:for me )?"
        r"(?:to|of|for)\b",
        r"^what are the steps (?:to|for|of|involved in)\b",
        rf"^what (?:steps )?(?:do|should|must|can|would) {WHO} (?:need to |have to )?(?:do|take|follow|need) "
        r"(?:to|if|when|in order|before|after|for)\b",
        rf"^what (?:do|will) {WHO} need (?:to|for|in order)\b",
    ),
    the_way_mine=pattern(
        rf"\b{WITH_MINE} (?:\w+ ){{0,5}}{THEIR}\b",
        r"\b(?:say|spell|pronounce|translate)\b|\b(?:get|go|drive|walk) (?:back )?(?:to|from|home)\b",
    ),
    general=pattern(
        # What the shop does, has, takes: "do you ship to Norway", "does the warranty cover water"
        rf"^do you (?!(?:\w+ )?{ABOUT_ONESELF}\b)(?:\w+ ){{0,2}}?\w+\b",
        r"^(?:does|will|would|can|could|may|must|should) (?:the|your|a|an|all|any|both|every|each) \w+",
        r"^do (?:the|your|all|any|both|gift|sale|spare|used|old|new) \w+",
        r"^(?:do|does|can|will|must) (?!(?:i|you|we|he|she|it|they|this|that|there)\b)\w+(?: \w+){0,3} (?:need|"
        r"include|cover|"
        r"expire|require|apply|cost|qualify|come with|work with|support|count|contain|fit|ship|combine)\b",
        rf"^(?:can|could|do|will) you {SENDING} (?:\w+ ){{0,3}}(?:to|abroad|internationally|overseas|outside|"
        rf"worldwide)\b",
        # What one may or must do
        rf"^(?:can|could|may|might) (?:i|we|you|one|customers?|people) (?:still )?(?!{ASKED_FOR}\b)\w+",
        r"^(?:do|will|would) (?:i|we|you|one|customers?|people) (?:need|have) (?:to|an?|any|both|my own)\b",
        r"^(?:must|shall) (?:i|we|you|one|customers?)\b|^do (?:i|we|customers?) pay (?:for|any|extra|a|an|the)\b",
        r"^am i (?:allowed|required|supposed|obliged|permitted|able) to\b|^will (?:i|we) be charged\b",
        rf"^is it {PROPERTY}\b|^are (?:\w+ ){{1,4}}{PROPERTY}\b|^is (?!(?:my|it|this|that|"
        rf"there)\b)(?:\w+ ){{1,5}}{PROPERTY}\b",
        rf"^(?:is|are) there (?:an?|any|some|a different|extra|additional) (?:\w+ ){{0,3}}{TERMS}\b",
        # Terms and measures
        rf"^(?:what|which) (?:is|are) (?:the|your) (?:\w+ ){{0,3}}{TERMS}\b(?! on (?:(?:the|this|"
        rf"that) )?(?:\w+ ){{0,2}}{ACCOUNT}\b)",
        rf"^what (?:\w+ ){{0,2}}{TERMS} (?:do you|are|is|does|can|should|must|apply|applies|for)\b",
        r"^(?:what|which) (?:\w+ ){1,4}(?:do|does) (?:you|the|your|a|an|i|one) (?:\w+ ){0,3}(?:accept|take|ship|"
        r"support|"
        r"offer|sell|deliver|need|use|provide|cover|include|charge|require|fit|carry|hold)\b",
        r"^(?:what|which) (?:\w+ ){1,3}(?:is|are) (?:supported|accepted|covered|included|compatible|excluded|"
        r"required|needed"
        r"|allowed|available (?:for|to|with))\b",
        r"^what (?:does|do) (?:\w+ ){1,8}(?:mean|stand for|cover|include|contain|require|offer|do)$",
        r"^what (?:does|do) (?:the|your|a|an) (?:\w+ ){1,4}(?:say|mean|cover|include|contain|require|cost|weigh|"
        r"allow)\b",
        r"^what (?:happens|counts|qualifies|applies)\b|^what is (?:an?|meant|included|covered|considered|allowed|"
        r"needed)\b",
        r"^what (?:should|can|must|do) (?:i|we|you|one) do (?:if|when)\b|^what if (?:i|a|an|the|something|nothing)\b",
        r"^(?:for )?how long (?:is|are|does|do|can|will|may|must|should) (?:a|an|the|your|i|we|you|it|one|"
        r"\w+) (?:\w+ ){0,6}"
        r"(?:take|takes|last|lasts|valid|have to|keep|warranty|guarantee|covered|good for|charge|be kept|under|stored?"
        r"|store|cook|open|wait)\b",
        r"^how long (?:\w+ ){1,3}(?:take|takes|last|lasts)\b|^how long is (?:the|your|an?) (?:\w+ ){0,3}(?:warranty|"
        r"guarantee"
        r"|period|policy|delivery|cable|shipping|return|notice)\b",
        r"^(?:within |in |for |after )?how many (?:working |business |calendar )?(?:day|week|month|year|hour|"
        r"minute)s? (?:do|does|can|will|is|"
        r"are|after|before|may|must|should)\b(?! i (?:have(?! to\b)|spend|work))",
        r"^how (?:many|much) (?:\w+ ){1,3}(?:can|may|does|do|should|must|is|are) (?:i|you|the|one|a|an|"
        r"we) (?:\w+ ){0,5}(?:use|"
        r"carry|hold|weigh|need|fit|return|order|include|included|allowed|store|support|contain|take|add|combine|"
        r"require)\b",
        rf"^at (?:what|which) (?:temperature|age|speed|time|height)\b|^what temperature\b|^how {MEASURE} (?:is|"
        rf"are) (?:the|your|an?)\b",
        r"^(?:when|what time|at what time|until when|on which days?|which days?) (?:do|does|are|is|can|must|"
        r"should) (?:you|your|"
        r"the (?:shop|store|showroom|phone|chat|hotline|office|workshop|support|warranty)|one|a|an|orders|returns|"
        r"refunds|"
        r"points|vouchers|gift)\b|^(?:until )?when (?:can|must|should) i (?:return|exchange|cancel|pick|collect|use|"
        r"report|pay)\b",
        r"^when (?:was|were) (?:the company|the shop|your (?:company|shop|business)|you) (?:founded|started|"
        r"established)\b",
        r"^why (?:do|does|must|should|can|could|will|would|are|is)(?: not)? (?:your|the|a|an|returns|refunds|orders|"
        r"some|i need|we need)\b"
        r"|^why do you (?:need|ask|require|charge|want|use|collect|offer|keep|store)\b",
        r"^how (?:is|are) (?:\w+ ){1,4}(?:calculated|made|packed|handled|processed|stored|measured|charged|applied|"
        r"cleaned)$",
        r"^where (?:is|are) (?:the|your) (?:\w+ ){1,3}(?:made|produced|manufactured|shipped from|stored)\b",
        r"^is there an? (?:\w+ ){0,2}(?:api|app|guide|manual|tutorial|demo|trial|showroom|hotline|chat)$",
        r"^which (?:\w+ ){1,3}should (?:i|we|one) use\b|^how many (?:\w+ ){1,3}can (?:use|share|fit|join|connect)\b",
        r"^who (?:pays?|can|may|should|must|covers?|bears?|is (?:eligible|responsible|liable|entitled|allowed)|do i)\b",
        rf"^(?:what|which) (?:is|are) (?:the )?(?:{CARE}) \w+",
        r"^(?:where (?:is|are) (?:your|the) (?:shop|store|showroom|office|warehouse|company|workshop|headquarters|"
        r"serial))\b",
        rf"^(?:the |your |about )?(?:\w+ ){{0,2}}{KEYWORD}(?: (?:for|of|on|to|in) (?:\w+ ){{0,4}}\w+)?$",
    ),
    price=pattern(
        r"\b(?:price|prices|cost|costs|fare|fares|tariff)\b"
        r"|\bhow much (?:is|are|do|does|would|will|for)\b"
    ),
    person=pattern(
        r"\b(?:speak|talk|chat|connect|transfer|put) (?:me )?(?:to|with|through to) (?:a |an |the |some ?one|"
        r"some)?(?:\w+ )?"
        r"(?:human|person|agent|representative|rep|advisor|adviser|manager|supervisor|operator|somebody|someone|"
        r"staff)\b",
        r"^(?:human|agent|representative|real person|operator)$",
    ),
)
