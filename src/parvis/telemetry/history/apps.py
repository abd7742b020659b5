from django.db.models.signals import post_migrate

from parvis.kernel.registry import PlatformApp


class HistoryConfig(PlatformApp):
    name = "parvis.telemetry.history"

    def ready(self) -> None:
        from parvis.telemetry.history import names, partitions

        super().ready()
        post_migrate.connect(names.forget, dispatch_uid="history.names")  # a flush between tests sends it too
        post_migrate.connect(partitions.forget, dispatch_uid="history.partitions")
