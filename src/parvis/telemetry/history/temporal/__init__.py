"""The temporal API of NGSI-LD (ETSI GS CIM 009 V1.8.1, 5.6.11 to 5.6.16, 5.7.3, 5.7.4): the past of things, written and read."""
