"""The rules of the administrator's jobs, as values: sizes, migrations. Nothing here acts on a server."""
