"""gunicorn reads this file from the folder it is started in."""

# The most gunicorn allows: a list with every filter set, each Chinese character as nine bytes, stays below it.
limit_request_line = 8190
worker_class = "portal.config.web_worker.Worker"
# A slow client holds a thread, not the worker; each thread may hold a database connection.
threads = 16
