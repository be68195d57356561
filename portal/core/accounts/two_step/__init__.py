"""Two-step sign-in (两步验证): a one-time code of an authenticator app beside the password."""
