"""Ask one question in the terminal: streams the answer, then prints its sources and its receipt."""

import asyncio
import json
from contextlib import aclosing
from typing import Any

from asgiref.sync import sync_to_async
from django.core.management.base import BaseCommand, CommandError, CommandParser

from assistant.errors import ServiceError
from assistant.workspaces.models import Workspace
from conversations.events import stream
from conversations.models import Contact, Conversation, Message
from conversations.replies import runner, submit


class Command(BaseCommand):
    help = "Ask the assistant of a workspace one question."

    def add_arguments(self, parser: CommandParser) -> None:
        parser.add_argument("question")
        parser.add_argument("--workspace", default="demo", help="slug of the workspace (default: demo)")

    def handle(self, *args: Any, **options: Any) -> None:
        workspace = Workspace.objects.filter(slug=options["workspace"]).first()
        if workspace is None:
            raise CommandError(
                f"There is no workspace {options['workspace']!r}. `manage.py seed_demo` creates the demo."
            )
        try:
            message = asyncio.run(self.ask(workspace, options["question"]))
        except ServiceError as error:
            raise CommandError(f"{error.code}: {error.sentence}") from error
        for cited in message.citations:
            self.stdout.write(f"[{cited['n']}] {cited['title']} {cited['url']}")
        self.stdout.write("\n" + json.dumps(message.receipt, indent=2))

    async def ask(self, workspace: Workspace, question: str) -> Message:
        contact = await Contact.objects.acreate(workspace=workspace, name="Terminal")
        conversation = await Conversation.objects.acreate(
            workspace=workspace, contact=contact, channel=Conversation.Channel.TERMINAL, locale=workspace.locale
        )
        start = await stream.place(conversation.pk)
        accepted, _ = await submit.submit(conversation, question)
        is_streamed = False
        async with aclosing(stream.follow(conversation.pk, start)) as events:
            async for event in events:
                if event["type"] == "reply.delta":
                    self.stdout.write(event["text"], ending="")
                    self.stdout.flush()
                    is_streamed = is_streamed or bool(event["text"])
                if event["type"] in ("reply.completed", "reply.failed"):
                    break
        await runner.all_done()
        answer = await Message.objects.aget(in_reply_to=accepted.message)
        self.stdout.write("\n" if is_streamed else answer.text + "\n")
        await sync_to_async(self.stdout.flush)()
        return answer
