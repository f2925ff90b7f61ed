"""Records to the clipboard, whole: as text, CSV or JSON. What is masked on the screen is masked in the copy."""
