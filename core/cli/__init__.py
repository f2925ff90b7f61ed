"""``botpulse-db``: the store's command line."""
