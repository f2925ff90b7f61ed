"""Work in a process of its own, so that the caller's event loop never waits for it."""
