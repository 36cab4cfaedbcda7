"""Backups of the database: made, proven by being restored, put back, looked into, kept."""
