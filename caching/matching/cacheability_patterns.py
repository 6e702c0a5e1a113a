"""English patterns that show that two questions have different concerns, or that one depends on earlier messages.

All are matched against the canonical form of the question. The signs that a question may be shared are in
`language.signs`, for every shipped language.
"""

import re

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
    rf"|bill|invoice)\b"
    rf"|\bwhy (?:was|were|am|did|is|has|have|do|are) (?:i|we|{OWN})\b(?! (?:need|have) to\b)"
    r"|\bhow (?:much|many) (?:\w+ ){0,3}(?:do i|have i|did i|am i|do we|i have) (?:owe|owed|spent|spend|used|left"
    r"|paid|pay|have(?! to\b))\b"
    rf"|\b{OWN} (?:\w+ ){{0,2}}{HELD} (?:has|have|is|was|were|did|does|do|never|still|still has|still is|not)\b"
    r"|\bi (?:have )?(?:was|were|been|got) (?:\w+ )?(?:charged|billed|declined|overcharged|debited|refunded|double)\b"
    rf"|\bwhat is {OWN} (?:\w+ ){{0,2}}(?:address|email|number|name|pin|password|limit|due date|tariff|usage)\b"
    r"|\b(?:which|what) (?:\w+ ){1,3}(?:am i (?:on|using|in)|did i|have i)\b"
    r"|\bdid you (?:\w+ )?(?:get|receive|send|ship|cancel|refund|charge|dispatch|process|credit)\b"
    r"|\bhave you (?:\w+ )?(?:received|sent|shipped|cancell?ed|refunded|charged|dispatched|processed|credited)\b"
)
# Something the customer did on one occasion; "if I paid" and "after I sent it" hold for anybody.
TELLING = re.compile(
    r"(?<!\bif )(?<!after )(?<!once )(?<!whether )(?<!unless )(?<!case )"
    r"\bi (?:have )?(?:ordered|bought|paid|received|sent|returned|transferred|deposited|withdrew|placed)\b"
)
# "How do I check my balance?" asks for the way, which is the same for everyone.
ASKING_THE_WAY = re.compile(
    rf"\b(?:how|where) (?:(?:can|do|could|would|should|may) (?:i|we|you|one)|to)(?: \w+){{0,2}}?"
    rf" (?:track|check|see|view|find|list) {OWN}\b"
)
# A described case is only the setting when the question is how something is done or whether it is allowed ...
IN_GENERAL = re.compile(
    r"\b(?:how (?:do|can|could|should|would|to)|(?:can|may|could|am|do|should|must) (?:i|we)\b|do you\b"
    r"|is it (?:possible|allowed)"
    r"|is there (?:a|any|some) (?:\w+ )?(?:way|possibility)|(?:do|does) (?:the|your|a)\b)"
)
# ... but not when something is still awaited, or has to be looked up.
AWAITED = re.compile(
    r"\b(?:still|yet|never|nothing|missing|pending|wrong|twice|where|when will|when my|when it|why|status|arriv\w+"
    r"|track|tracking|check|confirm|(?:has|have|had|did|does|do|is|was) not)\b"
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

PASSING = re.compile(
    r"\b(?:now|right now|today|tonight|tomorrow|yesterday|currently|(?<!\ba )current|at the moment|at present|presently"
    r"|nowadays|these days|"
    r"latest|newest|recent|recently|most recent|up to date|so far|as of|upcoming|this (?:year|month|week|weekend"
    r"|season|morning|"
    r"afternoon|evening|summer|winter|spring|autumn|friday|saturday|sunday|monday|tuesday|wednesday|thursday)|"
    r"next (?:year|month|week|season|election|game|match|episode|one|time|\w+day)|last (?:time|year|month|week"
    r"|night|season|\w+day)|"
    r"still (?:open|down|valid|available|alive|working)|yet|anymore|any more|outage|weather|forecast|news"
    r"|trending|live score|"
    r"black friday|sale on|on sale|open now|running late"
    r"|(?:is|are|was|were|been|still|running) (?:delayed|down)|(?:went|gone) down)\b"
    r"|^(?:is|are|was|were) (?:\w+ ){1,3}down\b"
)
# "What now?", and statements about oneself: "I do not want it any more".
NOT_PASSING = re.compile(
    r"\bwhat (?:\w+ ){0,4}now$|^what now\b"
    r"|\b(?:i|we) (?:do|can|could|am|are|have|would|will|did) not (?:\w+ ){0,8}?any ?more\b"
    r"|\bany more (?!(?:of|in|at|on)\b)\w+"
)
# In "how do I change the current time?" these say which one, not when.
WHICH_ONE = re.compile(r"\b(?:current|currently|latest|newest|recent|recently|most recent|upcoming|now)\b")
BY_WHAT_MEANS = re.compile(
    r"^(?:\w+ ){0,6}?(?:how (?:do|can|could|should|would|might|to)|(?:want|like|need|trying|try|love) to|way to)\b"
)

DEPENDENT_OPENING = re.compile(
    r"^(?:and|but|so|or|then|also|what about|how about|what if|and if|why not|why|how come|how so|which one"
    r"|which ones|really|"
    r"same for|for example|like what|such as|anything else|what else|who else|where else|instead|otherwise"
    r"|in that case|"
    r"yes|no|yeah|yep|nope|ok|okay|sure|exactly|right|correct|i meant?|i mean|no i|yes i|more|tell me more|go on"
    r"|continue)\b"
)
# Opens like a continuation, even in a first message.
ELLIPTIC = re.compile(r"^(?:and if|and what|and how|what about|how about|what if it|same for|in that case)\b")
# Opens or closes like a reply to the previous message.
REPLYING = re.compile(
    r"^\W*(?:so|ok|okay|and|great|cool|fine|right|perfect|thanks|alright|good|nice|then|yes|no|yeah)\b|\bthen\W*$",
    re.IGNORECASE,
)
AFTER_A_PRONOUN = (
    r"(?= (?:one|ones|option|step|choice)\b|$| (?:is|are|was|were|do|does|did|has|have|can|will|would|of|too|again)\b)"
)
POINTING = re.compile(
    r"\b(?:it|its|that|this|these|those|them|they|their|theirs|he|she|him|her|hers|his|there|then|the (?:same"
    r"|other|others|latter|former|previous|above|one|ones|rest|two)"
    rf"|the (?:first|second|third|last|next){AFTER_A_PRONOUN}"
    r"|such|so too|do so|(?:the|that|this|another|either|neither|both) (?:one|ones)|above|aforementioned)\b"
)
# "What is the policy on those?": the words before the pronoun do not say what it refers to.
DANGLING = re.compile(r"\b(?:about|on|for|with|of|to|in|at|from|than|like) (?:that|this|those|these)(?: one| ones)?$")
# Pronouns for the obvious thing in a first message: the order, the parcel, the thing that was bought.
AT_HAND = re.compile(r"^(?:it|its|they|them|their)$")
# Words that follow a relative "that": a verb, a pronoun, an article. A demonstrative "that" precedes its noun.
AFTER_A_RELATIVE = (
    r"is|are|was|were|am|be|been|i|we|you|he|she|they|people|a|an|the|my|our|your|can|could|will|would|shall|should"
    r"|may|might|must|has|have|had|do|does|did|no|not|never|always|only|just|also|came|come|went|go|got|get|sent"
    r"|say|said|made|make|took|take|gave|give|let|lets|need|want|contain|\w{2,}(?<!ss)(?<!us)(?<!is)s|\w{3,}ed"
)
BEFORE_A_POINTING = (
    r"is|are|was|were|do|does|did|has|have|had|will|would|can|could|should|may|must|about|of|for|with|to|on|in|at|by"
    r"|from|after|before|than|like|and|or|but|what|how|why|if|when|where|whether|because"
)
# "that" as a conjunction, "there is", "it is raining": these refer to nothing said before.
NOT_POINTING = re.compile(
    r"\b(?:is|are|was|were|will|would|do|does|has) it\b(?= (?:a|an|any|some|possible|true|safe|legal|ok"
    r"|okay|normal|illegal|mandatory|compulsory|required|obligatory|advisable|important|usual|common|useful|sensible"
    r"|necessary|worth|better|easy|hard|free|much|anything|enough|allowed|permitted|cheaper|good|bad|raining)\b)"
    r"|\bthere (?:is|are|was|were|will)\b"
    r"|\b(?:is|are|was|were|will|would|could|has|have|might|should) there\b(?! \w+$|$)"
    r"|\bhow long (?:does|will|would|did|do) it (?:take|last)\b"
    r"|\bit (?:costs?|takes?|means?|matters?|make sense|hurts?|helps?) (?:\w+ ){0,3}?(?:to|if|that|when|for)\b"
    r"|\bmake it (?:so|possible|easy|easier)\b|\bhow far is it from\b"
    r"|\b(?:so|such|know|see|say|think|means?|sure|ensure|check|believe|specify|notice|true|guarantee|want|fact) that\b"
    rf"|\b(?!(?:{BEFORE_A_POINTING})\b)\w+ that (?:{AFTER_A_RELATIVE})\b"
    r"|\bthis (?:year|month|week|weekend|morning|afternoon|evening|summer|winter|app|website|site|page|store|shop"
    r"|company|service)\b"
    r"|\bthese days\b|\bthat way\b|\b(?:it|this) (?:is|was) (?:possible|raining)\b|\bwhat time is it\b"
)
