"""The content folder: the only room that knows YAML."""
