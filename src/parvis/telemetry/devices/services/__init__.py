"""The verbs of devices; each runs in one transaction."""
