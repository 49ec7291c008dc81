"""The ledger: what was decided and done, in SQL; the only precious file."""
