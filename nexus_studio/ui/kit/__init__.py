"""What every panel needs: theme, icons, tasks, notices, actions, wording."""
