"""The chart of ranked bars."""
