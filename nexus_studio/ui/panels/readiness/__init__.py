"""The deployment checklist, looked at live: what is ready, what is not, and what to do about it."""
