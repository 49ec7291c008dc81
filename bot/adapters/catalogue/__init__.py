"""The catalogue in use: the search index over what was read from `content/`."""
