"""Putting everything into a bot, and what is kept for each bot while it runs."""
