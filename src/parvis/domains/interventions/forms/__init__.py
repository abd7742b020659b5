"""What people type in the screens of interventions."""
