"""Ingestion over 1, 2 and 4 processes: subscribers of one shared subscription, and web processes on one port.

Everything shares the processors of one machine, PostgreSQL, the broker and the client included: beyond their number nothing more
can be gained, and the figure shows only that nothing is lost by it. `python -m bench.processes`.
"""

import os

from bench.ingest import Radio, by_mqtt, by_webhook, database, populate

PROCESSES = (1, 2, 4)


def main() -> None:
    with database():
        secret, euis = populate()
        radio = Radio(euis)
        print(f"{os.cpu_count()} processors, load average {os.getloadavg()[0]:.1f}")
        for processes in PROCESSES:
            by_mqtt(radio, processes=processes)
        for processes in PROCESSES:
            by_webhook(secret, radio, processes=processes, tried=(64,))


if __name__ == "__main__":
    main()
