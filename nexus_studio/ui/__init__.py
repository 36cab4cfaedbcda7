"""What draws or listens: the only floor where Qt lives."""
