"""gunicorn reads this file from the folder it is started in."""

# The most gunicorn allows: a list with every filter set, each Chinese character as nine bytes, stays below it.
limit_request_line = 8190
worker_class = "portal.config.web_worker.Worker"
logger_class = "portal.config.logs.WebLogger"
# A slow client holds a thread, not the worker; each thread may hold a database connection.
threads = 16
# Read once before the workers are made, so that the first requests after a restart need not wait for it; and workers
# that reach --max-requests do not all end at the same time.
preload_app = True
max_requests_jitter = 500


def when_ready(server: object) -> None:
    from django.urls import get_resolver

    _ = get_resolver().url_patterns
