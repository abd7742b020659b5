"""A real Mosquitto for tests: its own configuration and folder, a free port, stopped by its process."""

import shutil
import socket
import subprocess
import time
from collections.abc import Iterator
from contextlib import contextmanager
from pathlib import Path

from conftest import absent

# Debian puts it in /usr/sbin, which is not on everybody's path.
MOSQUITTO = shutil.which("mosquitto", path="/usr/sbin:/usr/local/sbin:/usr/bin:/usr/local/bin:/opt/homebrew/sbin")

CONFIGURATION = """
listener {port} 127.0.0.1
allow_anonymous true
persistence true
persistence_location {folder}/
max_queued_messages 0
set_tcp_nodelay true
"""


@contextmanager
def mosquitto(folder: Path) -> Iterator[int]:
    """Gives the port."""
    if MOSQUITTO is None:
        absent("Mosquitto")
    with socket.socket() as probe:
        probe.bind(("127.0.0.1", 0))
        port = int(probe.getsockname()[1])
    configuration = folder / "mosquitto.conf"
    configuration.write_text(CONFIGURATION.format(port=port, folder=folder))
    folder.chmod(0o777)  # as root it gives up its rights and must still write its messages
    with subprocess.Popen(
        [MOSQUITTO, "-c", str(configuration)], stdout=subprocess.DEVNULL, stderr=subprocess.DEVNULL
    ) as broker:
        try:
            _await(port)
            yield port
        finally:
            broker.terminate()
            broker.wait(10)


def _await(port: int) -> None:
    deadline = time.monotonic() + 10
    while True:
        try:
            socket.create_connection(("127.0.0.1", port), timeout=1).close()
            return
        except OSError:
            if time.monotonic() > deadline:
                raise
            time.sleep(0.02)
