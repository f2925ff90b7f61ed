"""The chart of values over time."""
