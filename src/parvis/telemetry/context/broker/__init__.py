"""The NGSI-LD API over HTTP (ETSI GS CIM 009 V1.8.1, 6): what every endpoint shares, then the endpoints."""
