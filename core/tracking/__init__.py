"""Events from a tracking call to the disk: records, the writer's thread, batches, and the spool for when the store can't be written."""
