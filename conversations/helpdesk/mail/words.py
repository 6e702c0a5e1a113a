"""Phrases that introduce a quote or end a letter, in the customers' languages."""


def _words(listed: str) -> frozenset[str]:
    return frozenset(each.strip() for each in listed.split(","))


# The first line of the header block above a quote, and the others; without the colon, casefolded.
FROM = _words(
    """from, von, absender, de, expéditeur, remitente, da, mittente, van, afzender, od, från, fra, lähettäjä, gönderen,
    от, от кого, 发件人, 寄件者, 差出人"""
)
BESIDE_FROM = _words(
    """sent, date, to, cc, subject, gesendet, datum, an, betreff, envoyé, date, à, objet, sujet, enviado, enviado el,
    fecha, para, asunto, inviato, data, a, oggetto, verzonden, aan, onderwerp, enviada em, assunto, skickat, till,
    ämne, sendt, til, emne, lähetetty, aihe, wysłano, do, temat, odesláno, komu, předmět, отправлено, дата, кому,
    тема, 发送时间, 收件人, 主题, 送信日時, 宛先, 件名"""
)
# Beginnings of mail programs' advertisements.
SENT_FROM = tuple(
    _words(
        """sent from my, sent from outlook, sent from mail, sent from yahoo, sent with, get outlook for, outlook for,
        von meinem, von outlook, gesendet von, gesendet mit, gesendet aus, diese nachricht wurde von,
        envoyé de mon, envoyé depuis, envoyé à partir, télécharger outlook, enviado desde, enviado do meu,
        obtener outlook, inviato da, verzonden vanaf, verzonden met, verstuurd vanaf, wysłane z, skickat från,
        sendt fra"""
    )
)
FAREWELLS = _words(
    """best regards, kind regards, warm regards, regards, best wishes, best, cheers, sincerely, yours, rgds, br, kr,
    yours sincerely, yours truly, yours faithfully, respectfully, many thanks, thanks, thank you, thx,
    thanks in advance, thank you in advance,
    mit freundlichen grüßen, mit freundlichen grüssen, mit freundlichem gruß, mit besten grüßen, freundliche grüße,
    freundliche grüsse, viele grüße, liebe grüße, beste grüße, schöne grüße, grüße, grüsse, gruß, gruss, mfg, lg, vg,
    hochachtungsvoll, danke, vielen dank, danke im voraus, vielen dank im voraus, vielen dank und viele grüße,
    cordialement, bien cordialement, bien à vous, salutations, sincères salutations, merci, merci d'avance,
    merci beaucoup, saludos, un saludo, saludos cordiales, atentamente, gracias, muchas gracias, gracias de antemano,
    cordiali saluti, distinti saluti, saluti, grazie, grazie mille, met vriendelijke groet, vriendelijke groeten,
    met vriendelijke groeten, groeten, groet, mvg, bedankt, atenciosamente, cumprimentos, obrigado, obrigada,
    pozdrawiam, z poważaniem, dziękuję, s pozdravem, mvh, med vänlig hälsning, vänliga hälsningar, terveisin,
    med venlig hilsen, venlig hilsen, с уважением"""  # noqa: RUF001 - Cyrillic
)
