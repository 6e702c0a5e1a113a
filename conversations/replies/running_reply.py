"""A reply while it is written in this process."""

import asyncio
from dataclasses import dataclass, field

from conversations.models import Message
from conversations.replies.stream_writer import StreamWriter


@dataclass
class RunningReply:
    """A reply in this process: waiting for more to be said, then being claimed, then written by its writer."""

    task: asyncio.Task[None] = field(init=False)
    begun: bool = False
    pending_rerun: bool = False  # it was its turn while its writer was still finding that it was not
    writer: StreamWriter | None = None

    @property
    def ended(self) -> Message | None:
        """The reply as it was stored, once it is."""
        return self.writer.reply if self.writer and self.writer.reply.is_finished else None

    async def preempt(self) -> None:
        if self.writer:
            self.writer.end()
        elif not self.begun:
            self.task.cancel()
        await asyncio.wait({self.task})
