"""Numbered scripts, one reason each, run in order by playhouse.migrations. They are written once and never changed."""
