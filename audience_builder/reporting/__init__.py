"""What a run found out, for people: the report, the summary, the terminal."""
