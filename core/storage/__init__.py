"""The database: where it is, how it is opened, read in short chunks, and what its faults mean. Knows no statistics."""
