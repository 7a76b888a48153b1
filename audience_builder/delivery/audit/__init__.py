"""The append-only log of everything that was sent, why, by whom, and what came of it."""
