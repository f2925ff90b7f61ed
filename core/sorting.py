"""x"""
from core.errors import BotpulseError
class CannotSort(BotpulseError):
    """x."""
