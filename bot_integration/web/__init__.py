"""The parts of the web handlers: reading a form, checking its fields, remembering what was delivered."""
