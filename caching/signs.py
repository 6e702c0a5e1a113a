"""Signs by which a question shows that its answer is one person's, one moment's, or an act. English.

All are looked for in the canonical form of the question, but for identifiers, which need its signs.
"""

import re

IDENTIFIER = re.compile(
    r"[\w.+-]+@[\w-]+\.\w+"  # an e-mail address
    r"|(?<!\w)\+?\d[\d\s()-]{7,}\d(?!\w)"  # a telephone, card or account number
    r"|\b[A-Z]{2}\d{2}[A-Z0-9 ]{10,30}\b"  # an IBAN
    r"|(?:#|\b(?:no|nr|number|id|ref(?:erence)?|order|invoice|ticket|case|booking|tracking)\.?\s*[:#]?\s*)"
    r"(?=[\w-]*\d)[A-Za-z\d-]{4,}\b",
    re.IGNORECASE,
)

OWN = r"(?:my|our|mine|ours)"
HELD = (
    r"(?:order|orders|parcel|package|delivery|shipment|refund|payment|payments|transfer|transaction|deposit|balance|"
    r"account balance|invoice|bill|booking|reservation|appointment|claim|application|ticket|case|request|complaint|"
    r"subscription|plan|contract|points|statement|withdrawal|top up|cashback|card)"
)
PERSONAL = re.compile(
    rf"\bwhere (?:is|are|was) (?:{OWN})\b"
    rf"|\b(?:where|when|what|how) (?:is|are|was|will|does|do|did|has|have|much is|long until|long will)"
    rf" (?:the status of )?{OWN} (?:\w+ ){{0,2}}{HELD}\b"
    rf"|\b(?:has|have|did|is|are|was|were|will) {OWN} (?:\w+ ){{0,2}}{HELD}\b"
    rf"|\b(?:status|progress|location|whereabouts|balance|state) (?:of|on|for) (?:{OWN}|the) (?:\w+ ){{0,2}}{HELD}\b"
    rf"|\b(?:track|check|see|show|view|find|list) (?:me )?{OWN} (?:\w+ ){{0,2}}(?:order|orders|balance|status"
    rf"|bill|invoice)\b(?<!how)"
    rf"|\bwhy (?:was|were|am|did|is|has|have|do|are) (?:i|we|{OWN})\b"
    r"|\bhow (?:much|many) (?:\w+ ){0,3}(?:do i|have i|did i|am i|do we|i have) (?:owe|owed|spent|spend|used|left"
    r"|paid|pay|have(?! to\b))\b"
    rf"|\b{OWN} (?:\w+ ){{0,2}}{HELD} (?:has|have|is|was|were|did|does|do|never|still|still has|still is|not)\b"
    r"|\bi (?:have )?(?:was|were|been|got) (?:\w+ )?(?:charged|billed|declined|overcharged|debited|refunded|double)\b"
    r"|\bi (?:have )?(?:ordered|bought|paid|received|sent|returned|transferred|deposited|withdrew|placed)\b"
    rf"|\bwhat is {OWN} (?:\w+ ){{0,2}}(?:address|email|number|name|pin|password|limit|due date|tariff|usage)\b"
)

ACTS = (
    "cancel|refund|change|update|delete|remove|close|reset|unlock|block|freeze|book|reserve|order|buy|send|transfer|pay|"
    "charge|activate|deactivate|upgrade|downgrade|renew|return|exchange|replace|reschedule|move|add|apply|subscribe|"
    "unsubscribe|sign|register|track|forward|escalate|connect|call|email|stop|pause|resume|convert|schedule|increase|set|turn"
)
SIDE_EFFECT = re.compile(
    rf"^(?:(?:can|could|would|will) you (?:please )?|i (?:want|need|would like) you to |go ahead and |now )?"
    rf"(?:{ACTS}) (?:me\b|{OWN}\b|it\b|the\b|this\b|that\b|these\b|us\b|a\b|an\b|\d|order\b|ticket\b|room\b)"
)
HANDOFF = re.compile(
    r"\b(?:speak|talk|chat|connect|transfer|put) (?:me )?(?:to|with|through to) (?:a |an |the |some ?one|some)?"
    r"(?:human|person|agent|representative|rep|advisor|adviser|manager|supervisor|operator|somebody|someone|staff)\b"
    r"|^(?:human|agent|representative|real person|operator)$"
)

SMALL_TALK = re.compile(
    r"^(?:(?:hello|hi|hey|hiya|yo|good (?:morning|afternoon|evening|day)|greetings|howdy"
    r"|thanks?(?: you)?(?: (?:so|very) much| a lot)?|"
    r"thx|cheers|bye|goodbye|see you|ok|okay|great|cool|nice|perfect|awesome|lol|haha+|wow|no worries|got it"
    r"|i see|understood|"
    r"yes|no|yep|nope|sure|there|again|everyone|team|bot|then|now|for (?:that|your help|the help|the info|helping)|"
    r"have a (?:nice|good|great) (?:day|one|evening|weekend))\s*)+$"
    r"|^how are you(?: (?:doing|today|doing today))?$|^(?:who|what) are you$|^are you (?:a )?(?:bot|robot|human"
    r"|real|ai|person|there)"
    r"|^what is your name$|^what is up$|^tell me a joke$|^(?:i )?love you$|^nice to meet you$|^how is it going$"
    r"|^what can you do$"
)

PRICE = re.compile(
    r"\b(?:price|prices|cost|costs|rate|rates|fare|fares|salary|salaries|wage|wages|worth|exchange rate"
    r"|interest rate|tariff)\b"
    r"|\bhow much (?:is|are|do|does|did|money|would|will|for)\b"
)
STOCK = re.compile(
    r"\b(?:in|out of|back in) stock\b|\bsold out\b|\bavailability\b|\b(?:is|are) (?:\w+ ){1,5}(?:available|left)\b"
    r"|\bany (?:\w+ ){0,3}(?:left|available)\b|\bhow many (?:\w+ ){0,3}(?:left|available|remain)\b"
    r"|\bwaiting (?:time|list)\b|\bqueue\b"
)
PASSING = re.compile(
    r"\b(?:now|right now|today|tonight|tomorrow|yesterday|currently|current|at the moment|at present|presently"
    r"|nowadays|these days|"
    r"latest|newest|recent|recently|most recent|up to date|so far|as of|upcoming|this (?:year|month|week|weekend"
    r"|season|morning|"
    r"afternoon|evening|summer|winter|spring|autumn|friday|saturday|sunday|monday|tuesday|wednesday|thursday)|"
    r"next (?:year|month|week|season|election|game|match|episode|one|time|\w+day)|last (?:time|year|month|week"
    r"|night|season|\w+day)|"
    r"still (?:open|down|valid|available|alive|working)|yet|anymore|any more|outage|weather|forecast|news"
    r"|trending|live score|"
    r"black friday|sale on|on sale|open now|running late|delayed|down)\b"
)
# What is true of the world only until somebody beats it, dies, or is voted out.
STANDING_RECORD = re.compile(
    r"\b(?:most|highest|largest|biggest|tallest|longest|fastest|richest|wealthiest|oldest|youngest|greatest"
    r"|heaviest|smallest|"
    r"top \d+|best selling|highest paid|leading|all time|record for|holds the record|number 1|ranked|ranking|"
    r"world (?:record|champion|champions)|population|reigning|incumbent)\b"
)
OFFICE = (
    "president|prime minister|pm|king|queen|ceo|governor|mayor|minister|secretary|chancellor|captain|coach|manager|"
    "champion|chairman|chairperson|chief|director|head|leader|senator|commissioner|owner|speaker|attorney general|"
    "ambassador|pope|host"
)
OFFICE_HELD = re.compile(
    rf"^who (?:is|are) (?:\w+ ){{0,5}}(?:{OFFICE})\b|^(?:who|which \w+) (?:owns|runs|leads|holds|hosts|coaches"
    rf"|manages)\b"
    r"|\bhow old is\b|\bhow many (?:\w+ ){1,5}(?:are there|does|do|have|has)\b|\bwhat percentage\b"
    r"|\bhow many times (?:has|have)\b"
    r"|\bwhen (?:is|does|will) (?:\w+ ){1,8}(?:come out|released?|start|begin|air|return|end|be held|premiere"
    r"|happen|due)\b"
    r"|\bhas (?:\w+ ){1,4}(?:ever|won)\b"
)
# What happened at a named time stays as it was.
ANCHORED = re.compile(
    r"\b(?:1\d|20)\d\d\b|\b(?:invented|founded|written|wrote|built|discovered|born|originally|original|first"
    r"|created|established)\b"
)
PAST = re.compile(r"^(?:who|what|when|where|which \w+|how) (?:did|was|were)\b")

DEPENDENT_OPENING = re.compile(
    r"^(?:and|but|so|or|then|also|what about|how about|what if|and if|why not|why|how come|how so|which one"
    r"|which ones|really|"
    r"same for|for example|like what|such as|anything else|what else|who else|where else|instead|otherwise"
    r"|in that case|"
    r"yes|no|yeah|yep|nope|ok|okay|sure|exactly|right|correct|i meant?|i mean|no i|yes i|more|tell me more|go on"
    r"|continue)\b"
)
# Opens or closes like an answer to what was just said.
REPLYING = re.compile(
    r"^\W*(?:so|ok|okay|and|great|cool|fine|right|perfect|thanks|alright|good|nice|then|yes|no|yeah)\b|\bthen\W*$",
    re.IGNORECASE,
)
POINTING = re.compile(
    r"\b(?:it|its|that|this|these|those|them|they|their|theirs|he|she|him|her|hers|his|there|then|the (?:same"
    r"|other|others|latter|former|"
    r"first|second|third|last|next|previous|above|one|ones|rest|two)(?: one| ones| option| step)?|such|so too|do so|"
    r"(?:the|that|this|another|either|neither|both) (?:one|ones)|above|aforementioned)\b"
)
# "that" joining clauses, "there is", "it is raining": pointing at nothing said before.
NOT_POINTING = re.compile(
    r"\b(?:is|are|was|were|will|would|do|does|has) (?:there|it)\b(?= (?:a|an|any|some|possible|true|safe|legal|ok"
    r"|okay|normal|illegal|"
    r"necessary|worth|better|easy|hard|free|much|anything|enough|allowed|cheaper|good|bad|raining)\b)"
    r"|\bthere (?:is|are|was|were|will)\b|\bhow long (?:does|will|would|did|do) it (?:take|last)\b"
    r"|\bhow much (?:does|will|would) it cost to\b"
    r"|\b(?:so|such|know|see|say|think|mean|sure|make sure|ensure|check|believe|means) that\b|\b\w+ that (?:is"
    r"|are|was|i|we|you|can|has|have|do|does)\b"
    r"|\bthis (?:year|month|week|weekend|morning|afternoon|evening|summer|winter|app|website|site|page|store|shop"
    r"|company|service)\b"
    r"|\bthese days\b|\bthat way\b|\b(?:it|this) (?:is|was) (?:possible|raining)\b|\bwhat time is it\b"
)
