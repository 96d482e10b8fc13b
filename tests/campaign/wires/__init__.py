"""Bytes of every kind into everything that reads a device's bytes. `table` has a row for each; a new one goes there."""
