"""Search weights and labelled questions in the staff admin."""

from __future__ import annotations

from django.conf import settings
from django.contrib import admin
from django.http import HttpRequest
from unfold.decorators import display

from assistant.llm.engines.base import EngineUnavailable
from assistant.staff.base_admin import AdminAction, WorkspaceBound, moment
from assistant.staff.permissions import Role
from knowledge.search.weights import training
from knowledge.search.weights.models import LabelledQuestion, LegWeights

COLOURS = {"In use": "success", "Reset by staff": "warning"}


def learn(request: HttpRequest, row: LegWeights) -> str:
    training.resume(row.workspace)
    try:
        learned = training.learn_if_idle(row.workspace)
    except EngineUnavailable:
        return "The embedding model is unavailable. Brevity tries again within a day."
    if learned is None:
        return "Training is already running. Come back in a few minutes."
    return f"Trained on {learned.labels} labels: {learned.get_state_display()}."


def reset(request: HttpRequest, row: LegWeights) -> str:
    training.reset(row.workspace)
    return "Default weights restored. They stay until you train again."


@admin.register(LegWeights)
class LegWeightsAdmin(WorkspaceBound):
    empty_text = "Brevity tunes how search ranks passages once you have labelled enough questions."
    list_display = ("workspace", "shown_state", "shown_labels", "shown_gain", "learned")
    list_select_related = ("workspace",)
    fields = ("workspace", "state", "shown_labels", "shown_weights", "shown_gain", "learned_at")
    readonly_fields = fields
    admin_actions = {
        "learn": AdminAction("Train now", "school", Role.CURATOR, learn, variant="primary"),
        "reset": AdminAction(
            "Use the default weights", "undo", Role.CURATOR, reset, lambda row: row.state != LegWeights.State.RESET
        ),
    }

    learned = moment("learned_at", "Trained")

    @display(description="State", ordering="state", label=COLOURS)
    def shown_state(self, row: LegWeights) -> str:
        return str(row.get_state_display())

    @display(description="Labels", ordering="labels")
    def shown_labels(self, row: LegWeights) -> str:
        missing = settings.SEARCH_LABELS_MIN - row.labels
        return f"{row.labels}, {missing} more needed" if missing > 0 else str(row.labels)

    @display(description="Weights")
    def shown_weights(self, row: LegWeights) -> str:
        return ", ".join(f"{leg} {weight:.2f}" for leg, weight in sorted(row.weights.items())) or "–"

    @display(description="Gain (MRR)")
    def shown_gain(self, row: LegWeights) -> str:
        if row.gain is None:
            return "–"
        # Mean reciprocal rank on labels that the weights did not see, with its 95 % interval.
        return f"{row.gain:+.3f} ({row.gain_low:+.3f} to {row.gain_high:+.3f}), from {row.shipped_mrr:.3f}"


@admin.register(LabelledQuestion)
class LabelledQuestionAdmin(WorkspaceBound):
    empty_text = "Try a question and click “This answers it” to label it."
    delete_role = Role.CURATOR
    list_display = ("question", "article", "source", "by", "made")
    list_filter = ("workspace", "source")
    list_select_related = ("article__latest_revision", "by")
    search_fields = ("question",)
    fields = ("question", "article", "workspace", "source", "by", "created_at")
    readonly_fields = fields

    made = moment("created_at", "Labelled")
