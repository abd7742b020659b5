"""The query language of NGSI-LD (ETSI GS CIM 009 V1.8.1, 4.7 to 4.11): grammars, one matcher over things, and their SQL."""
