"""The verbs of `hw`, a file per family."""
