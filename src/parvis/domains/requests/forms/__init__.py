"""What people fill in about requests."""
