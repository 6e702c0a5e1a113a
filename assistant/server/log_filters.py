"""What no log may say."""

from __future__ import annotations

import logging
import re

# Addresses that open something by themselves: invitations, new passwords and exports.
SECRET = re.compile(r"(/admin/account/(?:invitation|password)/|/api/v1/exports/)[\w-]{20,}")


class WithoutSecrets(logging.Filter):
    """Leaves the secret out of an address in a line of the log. ACCESS_LOG and errors of the server name addresses."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if SECRET.search(said):
            record.msg, record.args = SECRET.sub(r"\1...", said), ()
        return True
