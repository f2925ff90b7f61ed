"""What the statistics keep of pictures that were posted: what is known of each, and why one was not shown."""

from __future__ import annotations

from typing import Any

from bot_integration.failures import track_once
from bot_integration.origin import RequestOrigin, origin_of
from bot_integration.web.final_image import FinalImage
from bot_integration.web.pending import PendingRequest
from core.manager import AnalyticsManager
from core.models import FailureSource
from core.tracking.records import ImageDetails


def track_picture(manager: AnalyticsManager, image: FinalImage, place: RequestOrigin, message: object) -> None:
    """Count a picture. ``message`` is what shows it, where the bot's ``deliver`` told."""
    shown = origin_of(message)
    message_id: Any = getattr(message, "id", None)
    details = ImageDetails(
        guild_id=shown.guild_id or place.guild_id or image.guild_id or None,
        channel_id=shown.channel_id or image.channel_id,
        message_id=message_id if isinstance(message_id, int) else None,
        queue_time=image.queue_time,
        execution_time=image.execution_time,
        model=image.model,
        sampler=image.sampler,
        steps=image.steps,
        seed=image.seed,
        outputs=list(image.outputs) or None,
    )
    manager.track_image_generation(
        image.user_id,
        image.prompt,
        image.resolution,
        image.loras,
        round(image.upscale_factor),
        image.generation_time,
        image.is_video,
        image.generation_type,
        details=details,
    )


def track_undelivered(
    manager: AnalyticsManager, image: FinalImage, place: RequestOrigin, error: Exception, seconds: float
) -> None:
    """Remember that a picture could not be shown; ``seconds`` is how long that might have taken."""
    message = f"the bot did not show it within {seconds:g} s" if isinstance(error, TimeoutError) else str(error)
    track_once(
        manager,
        error,
        FailureSource.DELIVERY,
        place.command or image.generation_type,
        image.user_id,
        guild_id=place.guild_id or image.guild_id or None,
        channel_id=image.channel_id,
        error_type=getattr(error, "error_type", "") or type(error.__cause__ or error).__name__,
        message=message,
        model=image.model,
        loras=list(image.loras),
        resolution=image.resolution or None,
        private=(image.prompt,),
    )


def track_unanswered(manager: AnalyticsManager, request: PendingRequest) -> None:
    """Remember that no picture came for a request, and that it was given up."""
    place = origin_of(request.context)
    manager.track_failure(
        FailureSource.GENERATION,
        place.command,
        request.user_id,
        guild_id=place.guild_id,
        channel_id=request.channel_id,
        error_type="TimedOut",
        message=f"no sign of life within {request.timeout:g} s",
    )
