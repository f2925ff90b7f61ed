"""How the analytics commands answer: permissions, responses, views."""

from bot_integration.commands.permissions import has_analytics_permission
from bot_integration.commands.responses import answer

__all__ = ["answer", "has_analytics_permission"]
