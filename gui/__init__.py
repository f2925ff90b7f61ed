"""The desktop monitor: it looks at the database and never writes; PySide6 and pyqtgraph."""
