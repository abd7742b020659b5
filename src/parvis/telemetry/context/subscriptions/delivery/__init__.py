"""The sending of notifications by the notifier process: HTTP and MQTT, one worker a subscription, at least once."""
