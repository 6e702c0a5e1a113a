"""Closed word classes of English that the cache uses: general grammar, no shop vocabulary.

Words are in the form of `normalise.words`: casefolded, contractions expanded.
"""

import re


def sequence_of(text: str) -> list[str]:
    return text.split()


def words_of(text: str) -> set[str]:
    return set(sequence_of(text))


CONTRACTIONS = tuple(
    (re.compile(pattern), full)
    for pattern, full in (
        (r"\b(can)'?t\b", "can not"),
        (r"\bcannot\b", "can not"),
        (r"\bwon'?t\b", "will not"),
        (r"\bshan'?t\b", "shall not"),
        (r"\bain'?t\b", "is not"),
        (
            r"\b(do|does|did|is|are|was|were|has|have|had|would|could|should|must|need|might|may|ought|dare)n'?t\b",
            r"\1 not",
        ),
        (r"\b(i)'?m\b", "i am"),
        (r"\b(what|where|when|who|how|why|that|there|here|it|he|she)'s\b", r"\1 is"),
        (r"\b(whats|wheres|whens|whos|hows)\b", lambda match: match.group()[:-1] + " is"),
        (r"\b(i|you|we|they|what|where|how|who|why|when)'re\b", r"\1 are"),
        (r"\b(i|you|we|they|there|it|who|what|how)'ll\b", r"\1 will"),
        (r"\b(i|you|we|they|he|she|who|how|what|where)'d\b", r"\1 would"),
        (r"\b(i|you|we|they|who|could|would|should|might)'ve\b", r"\1 have"),
        (r"\blet's\b", "let us"),
        (r"\b(gonna|gunna)\b", "going to"),
        (r"\bwanna\b", "want to"),
        (r"\bgotta\b", "got to"),
        (r"\b(?:whether|if) or not\b", "whether"),
        (r"\bor not[\s?.!]*$", ""),
        (r"\be-?mail", "email"),
        (r"\bwi-?fi\b", "wifi"),
        (r"\bon-?line\b", "online"),
        (r"\blog-?in\b", "log in"),
        (r"\bsign-?in\b", "sign in"),
        (r"\bset-?up\b", "set up"),
        (r"'s\b", ""),
    )
)

# Phrases around a question that are no part of it: before it or, after a comma, at the end.
GREETINGS = (
    """
hello|hi|hey|hiya|hello there|hi there|hey there|hello again|hi again|hi all|hello all|hi everyone|hello everyone
hi team|hello team|dear team|dear sir or madam|greetings|good morning|good afternoon|good evening|good day
excuse me|pardon me|sorry|sorry to bother you|quick question|silly question|a question|question|one question
just wondering|just curious|out of curiosity|by the way|btw|um|uh|erm|hmm|well|actually|basically|ok|okay
thanks|thank you|thanks a lot|many thanks|thanks in advance|thank you in advance|thank you so much
thank you very much|thx|cheers|much appreciated|appreciate it|if you do not mind
""".replace("\n", "|")
    .strip("|")
    .split("|")
)
# The same without a comma: a greeting only before the first word of a complete question.
GREETING_WORDS = {tuple(greeting.split()) for greeting in GREETINGS} | {
    (word,) for word in ("so", "but", "and", "also", "then")
}
# "Could you tell me where ...?" is "Where ...?".
POLITE_FRAMES = {
    tuple(frame.split())
    for frame in """
could you tell me|can you tell me|would you tell me|will you tell me|tell me|could you let me know|can you let me know
let me know|could you explain|can you explain|do you know|do you happen to know|any idea|does anyone know
i would like to know|i want to know|i need to know|i would love to know|i am trying to find out|just wondering
i was just wondering|i was wondering|i am wondering|i wonder|was wondering|wondering|i am curious|kindly tell me
""".replace("\n", "|").split("|")
    if frame
}
QUESTION_WORDS = words_of("what which who whom whose when where why how whether if") | words_of(
    "do does did is are was were am can could may might must should shall will would has have had"
)
OPENERS = (QUESTION_WORDS - {"if", "whether"}) | words_of("i we my our there")

# The words before and after these are not interchangeable.
DIRECTIONS = words_of(
    "from before after into onto than over under above below until till since versus vs within during outside inside"
)

# These have the same meaning.
SAME_DIRECTIONS = {"within": "inside", "till": "until", "versus": "vs", "below": "under", "above": "over"}

PREPOSITIONS = DIRECTIONS | words_of(
    "of in on at by for with about as to onto through via per among near without against"
)

# Groups of nearly synonymous prepositions.
LIKE_PREPOSITIONS = (
    words_of("in at on inside within during via"),
    words_of("by via with through using per"),
    words_of("of for on about"),
    words_of("to into onto"),
    words_of("from of"),
)

# The words before and after these have different roles.
ROLE_WORDS = DIRECTIONS | words_of("to with for by against per as")

# Content words with little meaning: a difference in only these is a difference in wording.
LIGHT_WORDS = words_of(
    "need want get got getting go going make making know find take takes use using able possible allow let try trying "
    "look looking way ways step steps thing things something anything someone anyone "
    "somebody help please exactly actually currently best easiest quickest right correct proper give show tell explain "
    "happen mean available offer provide have currently much many long longer usually normally "
    "typically generally stay receive"
)

WHO = r"(?:i|you|we|one|people|someone|somebody|users?|customers?)"
# Openings of "how can it be done?". The question follows.
DOING_FRAMES = (
    r"(?:please )?(?:tell|show|explain to) me how (?:to|(?:i|you|we) (?:can|could|do))",
    rf"(?:so )?how (?:exactly )?(?:do|can|could|would|should|might|does|may|shall) {WHO} (?:go about )?",
    r"how would (?:i|you|we) go about",
    r"how (?:to|is it possible to|about)",
    r"(?:what is|is there) (?:the|a|any) ?(?:best|easiest|quickest|fastest|simplest|right|correct|proper"
    r"|recommended)? ?"
    r"(?:way|method|procedure|process|steps?|trick) (?:for me )?(?:to|of|for|i can)",
    r"what are the steps (?:to|for|of|involved in)",
    r"what (?:steps )?(?:do|should|must|can|would) (?:i|you|we) (?:need to |have to |got to )?(?:do|take|follow) "
    r"(?:to|if i want to)",
    r"which way do (?:i|you|we)",
    r"(?:is it|would it be|will it be) (?:possible|ok|okay|allowed|feasible) (?:for me |for us )?(?:to|if i)",
    rf"(?:can|could|may|might|am|are) {WHO} (?:able to |allowed to |permitted to |still )?",
    r"(?:i|we) (?:just |really |also )?(?:want|need|wish|would like|would love|have|am trying|am looking|try) to "
    r"(?:know how to |be able to )?",
    r"(?:i|we) (?:need|want|would like) (?:some |your )?help (?:to|with|in)",
    r"(?:can|could|would|will) you (?:please )?help (?:me|us) (?:to |with |in )?",
    r"help me (?:to |with )?",
)
PRICE_WORDS = words_of("price prices pricing cost costs fee fees charge charges rate rates expensive cheap tariff")
