"""The settings, one module per subject. Values come from the environment; `.env.example` lists every variable."""

from assistant.settings.accounts import *  # noqa: F403
from assistant.settings.admin import *  # noqa: F403
from assistant.settings.applications import *  # noqa: F403
from assistant.settings.caching import *  # noqa: F403
from assistant.settings.celery import *  # noqa: F403
from assistant.settings.context import *  # noqa: F403
from assistant.settings.conversations import *  # noqa: F403
from assistant.settings.database import *  # noqa: F403
from assistant.settings.egress import *  # noqa: F403
from assistant.settings.environment import *  # noqa: F403
from assistant.settings.evaluation import *  # noqa: F403
from assistant.settings.files import *  # noqa: F403
from assistant.settings.guidance import *  # noqa: F403
from assistant.settings.identity import *  # noqa: F403
from assistant.settings.integrations import *  # noqa: F403
from assistant.settings.knowledge import *  # noqa: F403
from assistant.settings.limits import *  # noqa: F403
from assistant.settings.models import *  # noqa: F403
from assistant.settings.redis import *  # noqa: F403
from assistant.settings.rest import *  # noqa: F403
from assistant.settings.routing import *  # noqa: F403
from assistant.settings.security import *  # noqa: F403
from assistant.settings.server import *  # noqa: F403
from assistant.settings.test_sets import *  # noqa: F403
from assistant.settings.usage import *  # noqa: F403
