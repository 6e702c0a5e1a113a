"""A reply that this process is writing."""

import asyncio
from dataclasses import dataclass, field

from conversations.models import Message
from conversations.replies.stream_writer import StreamWriter


@dataclass
class RunningReply:
    """A reply in this process: first waiting for further messages, then being claimed, then written by `writer`."""

    task: asyncio.Task[None] = field(init=False)
    begun: bool = False
    pending_rerun: bool = False  # started again while a run was still in progress
    writer: StreamWriter | None = None

    @property
    def ended(self) -> Message | None:
        """Return the reply as stored; None until it is finished."""
        return self.writer.reply if self.writer and self.writer.reply.is_finished else None

    async def preempt(self) -> None:
        if self.writer:
            self.writer.end()
        elif not self.begun:
            self.task.cancel()
        await asyncio.wait({self.task})
