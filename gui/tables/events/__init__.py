"""The list of the latest events."""
