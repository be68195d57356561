"""Accounts: who works here, in which role, where."""
