"""The console of the broker in the back office."""
