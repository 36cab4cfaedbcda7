"""The backups panel: making, proving, restoring, looking inside and keeping backups."""
