"""A reply while it is written in this process."""

import asyncio
from dataclasses import dataclass, field

from conversations.models import Message
from conversations.replies.stream_writer import Scribe


@dataclass
class Running:
    """A reply in this process: waiting for more to be said, then being claimed, then written by its scribe."""

    task: asyncio.Task[None] = field(init=False)
    begun: bool = False
    once_more: bool = False  # it was its turn while its writer was still finding that it was not
    scribe: Scribe | None = None

    @property
    def ended(self) -> Message | None:
        """The reply as it was stored, once it is."""
        return self.scribe.reply if self.scribe and self.scribe.reply.is_finished else None

    async def give_way(self) -> None:
        if self.scribe:
            self.scribe.end()
        elif not self.begun:
            self.task.cancel()
        await asyncio.wait({self.task})
