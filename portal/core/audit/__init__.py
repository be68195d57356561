"""Audit: `audit.record(...)` is the one way to write the trail."""
