"""`POST /ingest/<source>`: what network servers push, answered after commit. The route is in `doors.py`."""
