"""Department databases and published lists, opened for reading only."""
