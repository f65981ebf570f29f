"""Actions of Systems Manager: its Parameter Store."""
