"""The chart of single events over time."""
