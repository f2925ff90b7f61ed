"""The dialogs of the Data menu: what looks after the database itself. Each asks, works, and says how it went."""
