"""The use cases: verbs of a few awaits each, over ports."""
