"""The rim: one library behind each door, and nothing left in it to get wrong."""
