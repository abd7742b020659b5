"""What agents ask of the broker, and give it."""
