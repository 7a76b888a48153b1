"""Bundled data: real orders, synthetic contacts; see NOTICE.md."""
