"""The data panel: browse, filter, follow, fix."""
