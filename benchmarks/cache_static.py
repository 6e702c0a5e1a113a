"""T11: what is called static, by class, on the labels of public sets; and the language and personal data found.

clinc150 and dstc11 name intents; each is sorted by its name into account, act, this moment and general below, and half
of the intents (by the hash of their name) were never looked at while the rules were written. Labels are of intents,
not of sentences: "how do I order new checks" counts as an act, though what it asks holds for everyone, so what asks
for the way is told apart. situatedqa says which questions time or place changes; every second one was never looked at.
"""

import hashlib
from collections import Counter, defaultdict
from collections.abc import Iterator

from benchmarks.cache_data import FOLDER, rows
from caching.evaluation import share
from caching.matching.cacheability import THE_WAY, Cacheability, classify
from language.normalise import language_in
from language.personal_data import personal_data_in

ACT = """
translate transfer change_language pto_request change_user_name pay_bill new_card repeat change_speed uber
sync_device roll_dice report_lost_card make_call alarm change_accent damaged_card report_fraud smart_home
book_hotel cancel reset_settings credit_limit_change shopping_list text share_location redeem_rewards
calendar_update cancel_reservation order order_checks reminder change_volume insurance_change car_rental
ApplyLoan SetAutoPayment MakeTransfer UpdateStreetAddress PayBill EnrollInPlan DisputeCharge
RequestProofOfInsurance RemoveDependent ChangeSecurityQuestion UpdateEmail ReportAutomobileAccident OrderCheck
CloseAccount AddUserToAccount PayLoan UpdatePhoneNumber RequestNewCard RequestEmail
"""
ACCOUNT = """
payday application_status balance user_name transactions rewards_balance credit_score lost_luggage mpg
oil_change_when insurance tire_pressure apr calendar pto_used account_blocked credit_limit min_payment
pto_balance gas_type confirm_reservation CheckPaymentStatus CheckLoanBalance CheckTransactionHistory
GetPolicyNumber
"""
MOMENT = "travel_alert time how_busy next_holiday traffic what_song GetExchangeRate GetStockQuote"
GENERAL = """
definition food_last cook_time plug_type international_fees measurement_conversion international_visa vaccines
spelling recipe AskAboutCashDeposits
"""
CLASSES = {"account": ACCOUNT, "act": ACT, "this moment": MOMENT, "general": GENERAL}
CLASS_OF = {intent: name for name, intents in CLASSES.items() for intent in intents.split()}
SHORT_TEXTS = {
    "talk/demo_dev": "text",
    "talk/healthchecks": "text",
    "talk/abcd": "text",
    "reader/covid_faq": "question",
}
SHORT_TEXTS |= {f"reader/msdocs_{language}": "question" for language in ("de", "fr", "es", "en")}


def is_held_out(name: str) -> bool:
    return int(hashlib.md5(name.encode(), usedforsecurity=False).hexdigest(), 16) % 2 == 1


def labelled() -> Iterator[tuple[str, str]]:
    """(class, text) of what was not looked at."""
    for domain in ("clinc150", "dstc11_intents"):
        for row in rows(FOLDER / domain / "dev.jsonl"):
            if row["intent"] in CLASS_OF and is_held_out(row["intent"]):
                yield f"{domain}: {CLASS_OF[row['intent']]}", row["text"]
    for number, row in enumerate(rows(FOLDER / "situatedqa" / "dev.jsonl")):
        if number % 2:
            changes = "changed by" if row["dependent"] else "not changed by"
            yield f"situatedqa: {changes} {row['depends_on']}", row["text"]
    for row in rows(FOLDER / "talk" / "demo_dev.jsonl"):
        if row["kind"] in ("personal", "cannot_be_cached") and not row["history"]:
            yield f"talk: {row['kind']}", row["text"]


def print_classes() -> None:
    found: dict[str, list[Cacheability]] = defaultdict(list)
    for name, text in labelled():
        found[name].append(classify(text))
    for name, read in sorted(found.items()):
        static = [each for each in read if each.kind == "static"]
        other = [each for each in static if each is not THE_WAY]
        print(f"  {name:32} static {share(len(static), len(read))}; but for the way {share(len(other), len(read))}")


def print_languages() -> None:
    """Of short texts: the language found, none, or another's."""
    outcomes: dict[str, Counter[str]] = defaultdict(Counter)
    for path, field in SHORT_TEXTS.items():
        for row in rows(FOLDER / f"{path}.jsonl"):
            found, right = language_in(row[field]), row["lang"]
            outcomes[right]["none" if found is None else "right" if found == right else "another"] += 1
    for row in rows(FOLDER / "clinc150" / "dev.jsonl"):
        found = language_in(row["text"])
        outcomes["en, clinc150"]["none" if found is None else "right" if found == "en" else "another"] += 1
    for language, counted in sorted(outcomes.items()):
        if (whole := counted.total()) >= 20:
            print(f"  {language:12} found {share(counted['right'], whole)}; another {share(counted['another'], whole)}")


def print_personal_data() -> None:
    by_type: dict[str, Counter[str]] = defaultdict(Counter)
    for row in rows(FOLDER / "presidio_pii" / "dev.jsonl"):
        found, kept = personal_data_in(row["text"]) is not None, classify(row["text"]).may_be_kept
        for kind in {span["type"] for span in row["spans"]} or {"(none)"}:
            by_type[kind].update(all=1, found=found, kept=kept)
    for kind, counted in sorted(by_type.items(), key=lambda item: -item[1]["all"]):
        print(f"  {kind:16} found {share(counted['found'], counted['all'])}; kept as a key {counted['kept']}")
    for domain, field in (("banking77", "text"), ("clinc150", "text"), ("stackfaq", "text"), ("emanual", "question")):
        texts = [row[field] for row in rows(FOLDER / domain / "dev.jsonl")]
        alarms = sum(personal_data_in(text) is not None for text in texts)
        print(f"  {domain:16} said to hold some {share(alarms, len(texts))}")


def main() -> None:
    print("\nT11 called static, of what was not looked at")
    print_classes()
    print("\nT11 the language of short texts")
    print_languages()
    print("\nT11 personal data, presidio's sentences; and false alarms")
    print_personal_data()


if __name__ == "__main__":
    main()
