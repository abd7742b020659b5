"""Pages of agents: who the organisations are, what they answer for, what they switched on."""
