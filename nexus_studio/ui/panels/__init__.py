"""The panels of the rail, one folder or file each; they do not know one another."""
