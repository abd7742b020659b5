from parvis.telemetry.history.tests.conftest import lake

__all__ = ["lake"]
