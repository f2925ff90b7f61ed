"""Whether the bot is alive: what a silence is taken for, and how surely."""
