"""The web process: pages and hot doors in one uvicorn."""

import argparse
import socket
import sys

import uvicorn

from parvis.project import environment


def main() -> None:
    parser = argparse.ArgumentParser()
    parser.add_argument("--host", default="127.0.0.1")
    parser.add_argument("--port", type=int, default=8000)
    parser.add_argument(
        "--shared", action="store_true", help="with other processes, among which the kernel divides the connections"
    )
    options = parser.parse_args()
    config = uvicorn.Config(
        "parvis.project.asgi:application",
        factory=True,
        host=options.host,
        port=options.port,
        log_level="warning",
        access_log=False,  # addresses and tracking codes of residents do not belong in a log
        server_header=False,
        # Limits count addresses: one that a client writes itself is not believed.
        proxy_headers=environment.flag("PARVIS_BEHIND_PROXY", False),
        forwarded_allow_ips=environment.text("PARVIS_TRUSTED_PROXIES", "127.0.0.1"),
        timeout_graceful_shutdown=3,
        limit_concurrency=1000,
    )
    server = uvicorn.Server(config)
    server.run([_shared_socket(options.host, options.port)] if options.shared else None)
    if not server.started:
        sys.exit(1)


def _shared_socket(host: str, port: int) -> socket.socket:
    family = socket.AF_INET6 if ":" in host else socket.AF_INET
    listener = socket.socket(family)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEADDR, 1)
    listener.setsockopt(socket.SOL_SOCKET, socket.SO_REUSEPORT, 1)
    listener.bind((host, port))
    return listener
