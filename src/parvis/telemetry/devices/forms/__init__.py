"""What agents write: devices, profiles, codecs, sources; and how they narrow the lists."""
