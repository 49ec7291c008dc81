"""A simulated Discord server with the real bot in it, and its page."""
