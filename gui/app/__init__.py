"""The program: its start, command line, screenshot and demo."""
