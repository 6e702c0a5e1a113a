"""The scope of a cached answer: workspace, language and audience, as columns in every query."""

import uuid
from dataclasses import dataclass


@dataclass(frozen=True, slots=True)
class Scope:
    """The scope of a cached answer; answers are shared only within one.

    `release` identifies the model, prompt, policy and embedder that made the answer.
    """

    workspace_id: uuid.UUID
    locale: str
    audience: str
    release: str

    def as_key(self) -> str:
        return f"{self.workspace_id}:{self.locale}:{self.audience}:{self.release}"
