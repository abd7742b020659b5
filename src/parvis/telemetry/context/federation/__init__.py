"""Other brokers and this one answering as one (ETSI GS CIM 009 V1.8.1, 4.3.6, 5.9 to 5.12): who holds what, what is asked of them,
and how their answers become one. Nothing of it costs more than a look into a dictionary where no source is registered."""
