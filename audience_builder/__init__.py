"""Turn order exports into lifetime-value reports and value-based custom audiences."""
