"""Values and decisions: pure, so that every rule can be tested without a world."""
