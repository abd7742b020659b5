"""Handing a message to the network server that reaches the device: where it goes, what is written, how it is sent. A file per server."""
