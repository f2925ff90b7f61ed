"""Events from a tracking call to the disk: records, the writer's thread, batches, and the spool for bad times."""
