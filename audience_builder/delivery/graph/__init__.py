"""Meta's Graph API in rules and tables: settings, error codes, status words, lookalikes, checks."""
