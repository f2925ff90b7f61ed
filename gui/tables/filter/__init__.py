"""The filter box: its completion, help and what it knows."""
