from parvis.telemetry.history.temporal.endpoints import consumption, provision

ENDPOINTS = (*provision.ENDPOINTS, *consumption.ENDPOINTS)
