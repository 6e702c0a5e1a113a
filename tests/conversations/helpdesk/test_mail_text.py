"""Only the new text of a mail is a question: no history, signature or automatic reply (findings E)."""

import time

import pytest

from conversations.helpdesk.mail.auto_replies import is_automatic
from conversations.helpdesk.mail.html import text_of
from conversations.helpdesk.mail.text import MAIL_MAX_LINES, customer_text, new_text

QUESTION = "How long may I send it back?"
HISTORY = {
    "gmail": "On Wed, Dec 20, 2023 at 1:37 PM Acme <help@acme.test> wrote:\n\n> You have 30 days.\n> Bye",
    "gmail, wrapped, without marks": (
        "On Wed, Dec 20, 2023 at 1:37 PM Acme Support Team of the World\n<help@acme.test> wrote:\n\nYou have 30 days."
    ),
    "apple mail": "> On 20. Dec 2023, at 13:37, Acme <help@acme.test> wrote:\n> \n> You have 30 days.",
    "german": "Am Do., 12. März 2026 um 10:15 Uhr schrieb Acme <help@acme.test>:\n\nSie haben 30 Tage.",
    "german, without an address": "Am 12.03.2026 um 10:15 schrieb Acme Support:\n\n> Sie haben 30 Tage.",
    "french": "Le jeu. 12 mars 2026 à 10:15, Acme <help@acme.test> a écrit :\n\nVous avez 30 jours.",
    "spanish": "El jue, 12 mar 2026 a las 10:15, Acme (<help@acme.test>) escribió:\n\nTiene 30 días.",
    "italian": "Il giorno gio 12 mar 2026 alle ore 10:15 Acme <help@acme.test> ha scritto:\n\nHai 30 giorni.",
    "dutch": "Op do 12 mrt 2026 om 10:15 schreef Acme <help@acme.test>:\n\nU heeft 30 dagen.",
    "portuguese": "Em qui., 12 de mar. de 2026 às 10:15, Acme <help@acme.test> escreveu:\n\nVocê tem 30 dias.",
    "polish": "W dniu czw., 12 mar 2026 o 10:15 Acme <help@acme.test> napisał(a):\n\n> Masz 30 dni.",
    "danish": "Den tors. 12. mar. 2026 kl. 10.15 skrev Acme <help@acme.test>:\n\nDu har 30 dage.",
    "outlook": (
        "________________________________\nFrom: Acme <help@acme.test>\nSent: Thursday, March 12, 2026 10:15 AM\n"
        "To: Ana <ana@x.test>\nSubject: Re: order\n\nYou have 30 days."
    ),
    "outlook, german": (
        "Von: Acme Support\nGesendet: Donnerstag, 12. März 2026 10:15\nAn: Ana\nBetreff: AW: Bestellung\n\n30 Tage."
    ),
    "outlook, french": "De : Acme <help@acme.test>\nEnvoyé : jeudi 12 mars\nÀ : Ana\nObjet : commande\n\n30 jours.",
    "outlook, spanish": "De: Acme\nEnviado el: jueves, 12 de marzo\nPara: Ana\nAsunto: RE: pedido\n\n30 días.",
    "outlook, bold": "*From:* Acme <help@acme.test>\n*Sent:* Thursday\n*To:* Ana\n*Subject:* Re: order\n\n30 days.",
    "outlook, chinese": (
        "发件人: Acme <help@acme.test>\n发送时间: 2026年3月12日\n收件人: Ana\n主题: Re\n\n30天".replace(": ", "\uff1a")
    ),
    "original message": "-----Original Message-----\nFrom: Acme\nSent: x\n\nYou have 30 days.",
    "original message, german": "-----Ursprüngliche Nachricht-----\nVon: Acme\nGesendet: x\n\nSie haben 30 Tage.",
    "forwarded": "---------- Forwarded message ---------\nFrom: Acme <help@acme.test>\n\nYou have 30 days.",
    "marks alone": "> You have 30 days.\n> Bye",
}
SIGNATURES = [
    "-- \nAna Miller\nAcme Corp\nTel: +49 30 123456",
    "Sent from my iPhone",
    "Von meinem iPhone gesendet",
    "Envoyé de mon iPhone",
    "Get Outlook for iOS",
    "Best regards,\nAna Miller\nHead of Things, Acme Corp\n+49 30 123456",
    "Mit freundlichen Grüßen\nAna Müller",
    "Cordialement,\n\nAna",
    "Thanks, Ana",
    "Thanks!",
]


@pytest.mark.parametrize("history", HISTORY)
@pytest.mark.parametrize("signature", ["", *SIGNATURES])
def test_history_and_signature_are_no_part_of_a_question(history: str, signature: str):
    older = "" if history == "marks alone" else "Acme, where things are."
    mail = "\n\n".join(filter(None, ["Hello,", QUESTION, signature, HISTORY[history], older]))

    for ends in ("\n", "\r\n"):
        assert new_text(mail.replace("\n", ends)) == f"Hello,\n\n{QUESTION}"


@pytest.mark.parametrize("signature", SIGNATURES)
def test_a_signature_beneath_a_mail_without_history_is_left_out(signature: str):
    assert new_text(f"{QUESTION}\n\n{signature}") == QUESTION


def test_an_answer_beneath_or_between_the_quote_is_what_is_new():
    below = f"On Wed, Dec 20, 2023 Acme <help@acme.test> wrote:\n> You have 30 days.\n\n{QUESTION}\n"
    between = f"> You have 30 days.\n{QUESTION}\n> And a label.\nWhere is the label?"

    assert new_text(below) == QUESTION
    assert new_text(between) == f"{QUESTION}\nWhere is the label?"


@pytest.mark.parametrize(
    "text",
    [
        f"Hi,\nThanks, but {QUESTION}",
        f"Hello,\nThanks,\nthat worked.\n{QUESTION}",
        f"I have:\n- a mill\n- a scale\n{QUESTION}",
        f"On Monday you wrote: it comes today.\n{QUESTION}",
        f"Hello,\nOn your page you wrote:\n30 days. {QUESTION}",
        f"From: Berlin\nTo: Paris\n{QUESTION}",
        f"Name: Ana\nEmail: ana@x.test\nSubject: Returns\nMessage: {QUESTION}",
        "Please send it to:\nAna Miller\nHauptstr. 5\n10115 Berlin",
        "Thanks",
        "Best,\nAna",
        "",
    ],
)
def test_what_only_looks_like_history_or_a_signature_stays(text: str):
    assert new_text(text) == text


def test_a_forwarded_mail_without_words_of_its_own_is_read():
    mail = f"---------- Forwarded message ---------\nFrom: Shop <shop@x.test>\nSubject: Order\n\n{QUESTION}"

    assert QUESTION in new_text(mail)


def test_a_mail_that_only_quotes_says_nothing():
    assert new_text("> You have 30 days.\n> Bye") == ""


def test_a_long_text_without_history_is_not_shortened():
    long = "\n".join(f"Point {number}." for number in range(MAIL_MAX_LINES + 300))

    assert new_text(long) == long


OLD = '<blockquote type="cite">Old</blockquote>'
HTML = [
    f"<div dir='ltr'>{QUESTION}</div><br><div class='gmail_quote gmail_quote_container'><div class='gmail_attr'>"
    f"On Wed, Dec 20, 2023 Acme &lt;help@acme.test&gt; wrote:<br></div>{OLD}</div>",
    f"<p>{QUESTION}</p><div id='appendonsend'></div><hr><div id='divRplyFwdMsg'><b>From:</b> Acme</div><div>Old</div>",
    f"<div>{QUESTION}</div><div class='moz-cite-prefix'>Am 12.03.26 schrieb Acme:</div>{OLD}",
    f"<p>{QUESTION}</p><span class='js-signatureMarker'></span><p>Ana, Acme</p>{OLD}",
    f"{QUESTION}<div class='gmail_signature'>Ana</div><div class='yahoo_quoted'>Old</div>",
    f"<html><head><title>x</title><style>p {{}}</style></head><body><p>{QUESTION}</p><p>-- <br>Ana</p></body></html>",
    f"<p>{QUESTION}</p><p>Am 12.03.2026 um 10:15 schrieb Acme &lt;help@acme.test&gt;:</p><p>Old</p>",
]


@pytest.mark.parametrize("html", HTML)
def test_history_and_signature_in_html_are_left_out(html: str):
    assert customer_text("", html) == QUESTION


def test_cells_and_paragraphs_of_html_are_not_glued_together():
    html = (
        "<p>It shows</p><table><tr><td>E5</td><td>Mill Pro</td></tr><tr><td>E6</td><td>Mill</td></tr></table>one<br>two"
    )

    assert text_of(html) == "It shows\n\nE5 | Mill Pro\nE6 | Mill\n\none\ntwo"
    assert text_of("<ul><li>a&nbsp;b</li><li>c &lt; d</li></ul><div>e</div><div>f</div>") == "- a b\n- c < d\n\ne\nf"


AUTOMATIC = [
    ({"Auto-Submitted": "auto-replied"}, "ana@x.test", "Re: order"),
    ({"auto-submitted": "auto-generated; owner=x"}, "", ""),
    ({"X-Autoreply": "yes"}, "", ""),
    ({"Precedence": "bulk"}, "", ""),
    ({"X-Auto-Response-Suppress": "DR, OOF, AutoReply"}, "", ""),
    ({"Return-Path": "<>"}, "", ""),
    ({"Content-Type": "multipart/report; report-type=delivery-status"}, "", ""),
    ({"From": "MAILER-DAEMON@mail.x.test (Mail Delivery System)"}, "", ""),
    (None, "Mail Delivery System <MAILER-DAEMON@mail.x.test>", ""),
    (None, "postmaster@x.test", "Re: order"),
    (None, "no-reply@x.test", "Your invoice"),
    (None, "Acme <noreply+8f2@x.test>", ""),
    (None, "donotreply@x.test", ""),
    (None, "<>", "x"),
    (None, "ana@x.test", "Automatic reply: order"),
    (None, "ana@x.test", "AW: Automatische Antwort: Bestellung"),
    (None, "ana@x.test", "Abwesenheitsnotiz: Bestellung"),
    (None, "ana@x.test", "Out of Office: Re: order"),
    (None, "ana@x.test", "Réponse automatique : commande"),
    (None, "ana@x.test", "Respuesta automática: pedido"),
    (None, "x@x.test", "Undelivered Mail Returned to Sender"),
    (None, "x@x.test", "Delivery Status Notification (Failure)"),
]
BY_PEOPLE = [
    ({"Auto-Submitted": "no", "Precedence": ""}, "ana@x.test", "Re: order"),
    (None, "ana@x.test", "Undelivered parcel"),
    (None, "ana@x.test", "Delivery incomplete, an item is missing"),
    (None, "noreen@x.test", "Out of stock?"),
    (None, "ana.daemon@x.test", "Auto: Batterie"),
    (None, "reply@x.test", "No reply so far"),
    (None, "", ""),
    ("odd", "ana@x.test", "order"),
]


@pytest.mark.parametrize(("headers", "sender", "subject"), AUTOMATIC)
def test_automatic_replies_and_mailer_daemons_are_known(headers, sender, subject):
    assert is_automatic(headers, sender, subject)


@pytest.mark.parametrize(("headers", "sender", "subject"), BY_PEOPLE)
def test_mail_of_people_is_not_taken_for_automatic(headers, sender, subject):
    assert not is_automatic(headers, sender, subject)


@pytest.mark.timing
@pytest.mark.parametrize(
    "piece",
    ["Op 1 heeft ", "2024/1/1 <@", "1 <a@b.c>:", "From: a\n", "- ", "_", "<div>", "<td>", "<!--", "> ", "Best,\n"],
)
def test_no_mail_takes_long_to_read(piece: str):
    line = (piece * 100)[:300]
    hostile = (line + "\n") * 400
    started = time.process_time()

    customer_text(hostile)
    customer_text("", hostile)
    customer_text("", piece * 20_000)
    is_automatic({"Auto-Submitted": hostile, "Subject": hostile}, hostile, hostile)

    assert time.process_time() - started < 5  # of work for a worker; a tenth of it here
