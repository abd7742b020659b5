"""The broker as agents see it: what they may see of it, how it is doing, and what they do to it, in the journal."""
