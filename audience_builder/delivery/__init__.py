"""Delivery: from hashed rows to files on disk and to members of a platform's audience."""
