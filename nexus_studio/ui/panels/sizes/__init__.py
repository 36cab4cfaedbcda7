"""The sizes & health panel: what is big and why, what to do about it, what runs just now."""
