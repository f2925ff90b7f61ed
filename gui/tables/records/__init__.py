"""The table of a page's rows: a window of rows around what is seen, read in a thread of its own."""
