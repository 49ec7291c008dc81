"""Slash commands: an argument becomes a service call becomes a reply."""
