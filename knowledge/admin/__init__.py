"""Articles and open questions in the staff admin."""

from knowledge.admin.articles import ArticleAdmin
from knowledge.admin.open_questions import GapAdmin

__all__ = ["ArticleAdmin", "GapAdmin"]
