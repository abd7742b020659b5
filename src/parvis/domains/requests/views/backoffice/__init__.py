"""Pages of agents: triage and call desk."""
