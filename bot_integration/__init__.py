"""What a discord.py bot plugs in: commands, tracking, ComfyUI timing. It knows core, and nothing of the window."""
