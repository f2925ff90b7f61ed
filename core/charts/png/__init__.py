"""A chart drawn as a PNG, for Discord and for exports."""
