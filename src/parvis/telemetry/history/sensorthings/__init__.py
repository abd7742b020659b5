"""OGC SensorThings API 1.1 (OGC 18-088), read-only: things and their observations, from the same rows as the NGSI-LD broker."""
