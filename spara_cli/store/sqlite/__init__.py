"""The SQLite store: one file, one writer, as fast as the disk allows."""
