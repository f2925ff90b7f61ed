"""Finished images over HTTP: the sender's side here, the receiver's in :mod:`bot_integration.web_handlers`."""

from bot_integration.web.final_image import FinalImage
from bot_integration.web.sender import DeliveryFailed, DeliveryRefused, send_final_image

__all__ = ["DeliveryFailed", "DeliveryRefused", "FinalImage", "send_final_image"]
