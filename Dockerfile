# Front-end packages and fonts.
FROM node:24-bookworm-slim@sha256:6f7b03f7c2c8e2e784dcf9295400527b9b1270fd37b7e9a7285cf83b6951452d AS front
WORKDIR /app
COPY package.json package-lock.json .npmrc ./
RUN npm ci --omit=dev --no-audit --no-fund

# Python packages, by hash.
FROM python:3.13-slim-bookworm@sha256:01f42367a0a94ad4bc17111776fd66e3500c1d87c15bbd6055b7371d39c124fb AS packages
WORKDIR /app
COPY requirements/base.txt requirements/base.txt
RUN python -m venv /venv && /venv/bin/pip install --no-cache-dir --require-hashes -r requirements/base.txt

# What runs: no compiler, no npm, not root.
FROM python:3.13-slim-bookworm@sha256:01f42367a0a94ad4bc17111776fd66e3500c1d87c15bbd6055b7371d39c124fb
ENV PATH=/venv/bin:$PATH PYTHONUNBUFFERED=1 PYTHONDONTWRITEBYTECODE=1 VAR_ROOT=/data FILES_ROOT=/data/files
# pg_dump and pg_restore as new as the server of docker-compose.yml: Debian's own are a release older and refuse it.
RUN apt-get update && apt-get install --no-install-recommends --yes 'ca-certificates=202*' 'postgresql-common=2*' 'fonts-arphic-ukai=0.2*' \
    && /usr/share/postgresql-common/pgdg/apt.postgresql.org.sh -y \
    && apt-get install --no-install-recommends --yes 'postgresql-client-16=16.*' \
    && rm -rf /var/lib/apt/lists/*
RUN useradd --system --uid 10001 --home-dir /app --shell /usr/sbin/nologin youheng \
    && install -d -o youheng /data /backups /fonts /checkpoints
WORKDIR /app
COPY --from=packages /venv /venv
COPY --from=front /app/node_modules node_modules
COPY manage.py gunicorn.conf.py ./
COPY portal portal
COPY schools schools
COPY indicators indicators
COPY inspections inspections
COPY templates templates
COPY static static
COPY docs/manual docs/manual
COPY docs/screenshots docs/screenshots
RUN install -d /app/collected \
    && VAR_ROOT=/app/collected DATABASE_URL=sqlite:///:memory: SECRET_KEY=only-while-building \
       python manage.py collectstatic --noinput --verbosity 0
ENV STATIC_ROOT=/app/collected/static
USER 10001
VOLUME /data /backups /checkpoints
EXPOSE 8000
HEALTHCHECK --interval=15s --timeout=5s --start-period=30s \
    CMD ["python", "-c", "import urllib.request; urllib.request.urlopen('http://127.0.0.1:8000/healthz', timeout=4)"]
CMD ["gunicorn", "portal.config.wsgi", "--bind", "0.0.0.0:8000", "--workers", "4", "--max-requests", "5000", "--access-logfile", "-"]
