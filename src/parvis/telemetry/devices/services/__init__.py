"""The verbs of devices, a file per subject; each verb is one transaction."""
