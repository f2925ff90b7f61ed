"""The analytics store: tracking, statistics and charts, without Qt and without a Discord connection."""
