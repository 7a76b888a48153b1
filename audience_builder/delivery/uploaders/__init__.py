"""One file per upload API, found by the platform's name."""
