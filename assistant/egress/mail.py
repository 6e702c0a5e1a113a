"""An e-mail backend that connects only to a server that EGRESS allows."""

from __future__ import annotations

from django.core.mail.backends import smtp

from assistant.egress import guard


class EmailBackend(smtp.EmailBackend):
    def open(self) -> bool | None:
        if not self.connection:
            guard.require(self.host, self.port)
        return super().open()
