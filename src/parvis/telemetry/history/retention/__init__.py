"""The screen on which a city says how long it keeps which measures (GDPR, art. 5-1-e)."""
