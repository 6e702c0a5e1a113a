"""How stored responses are deleted after IDEMPOTENCY_KEPT_S."""

from assistant.rest import idempotency
from assistant.retention.kinds import of_shared_rows

REQUESTS = of_shared_rows(idempotency.expired)
