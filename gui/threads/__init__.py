"""What runs beside the UI thread: the monitor, and jobs."""
