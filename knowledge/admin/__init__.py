"""Articles with their editor, and the questions that found none."""

from knowledge.admin.articles import ArticleAdmin
from knowledge.admin.open_questions import GapAdmin

__all__ = ["ArticleAdmin", "GapAdmin"]
