"""What is kept of each bot, and of each run of a command; it knows nothing of the rest of the package."""

from bot_integration.state.bot_state import NotInstalled, installation_of

__all__ = ["NotInstalled", "installation_of"]
