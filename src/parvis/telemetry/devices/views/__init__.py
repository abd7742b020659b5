"""Pages of the back office, a file per subject."""
