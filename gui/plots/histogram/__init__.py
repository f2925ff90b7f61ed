"""The chart of a distribution."""
