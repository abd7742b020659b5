"""What people type in supervision's screens."""
