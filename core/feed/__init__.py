"""What is new in the database, look by look, and the snapshots that are made of it."""
