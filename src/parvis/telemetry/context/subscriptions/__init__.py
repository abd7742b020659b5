"""Who wants to be told of what, and the telling of it (ETSI GS CIM 009 V1.8.1, 5.8)."""
