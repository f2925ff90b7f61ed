"""How the window looks: theme, icons, severities, accessible names."""
