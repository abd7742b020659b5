"""The processes of `parvis serve`, one file each, and the supervisor that keeps them alive."""
