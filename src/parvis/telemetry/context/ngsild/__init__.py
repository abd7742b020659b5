"""The information model of NGSI-LD as pure functions: reading, merging, rendering entities. No database, no clock, no network."""
