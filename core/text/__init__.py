"""Words, numbers and dates as people read them: formatted, escaped, bounded."""
