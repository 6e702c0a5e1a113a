"""Whether Brevity may call other machines."""

import os

from environs import validate

from assistant.settings.environment import env

# none: no call leaves this machine, apart from those to Postgres, Redis and EGRESS_ALLOWED.
EGRESS = env.str("EGRESS", default="open", validate=validate.OneOf(("open", "none")))
EGRESS_ALLOWED = env.list("EGRESS_ALLOWED", default=[])  # host, host:port or network
if EGRESS == "none":
    os.environ["HF_HUB_OFFLINE"] = "1"  # else the libraries of models ask for newer files
