"""The pane that shows one row whole."""
