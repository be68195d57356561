"""Settings: one file, from the environment, no insecure default."""

from datetime import timedelta

from csp.constants import NONE, SELF

from portal.config.env import (
    BASE_DIR,
    amounts,
    daemon,
    database,
    env,
    folder,
    group_secrets,
    networks,
    one_of,
    required,
    secret,
    several,
    template,
    webhooks,
)
from schools.access import permissions

VAR_ROOT = folder("VAR_ROOT", BASE_DIR / "var")
FILES_ROOT = folder("FILES_ROOT", VAR_ROOT / "files")
SECRET_KEY = secret("SECRET_KEY", VAR_ROOT / "secret_key")
AUDIT_KEY = env.str("AUDIT_KEY", default="") or SECRET_KEY
AUDIT_CHECKPOINTS = folder("AUDIT_CHECKPOINTS", VAR_ROOT / "audit-checkpoints")
# The trail names the actor's role and, for what lies in no district, theirs; both live above it.
AUDIT_ROLES = "schools.access.scope.role_names"
AUDIT_HOME = "schools.access.scope.home_district"
AUDIT_PLACE = "schools.access.scope.audit_place"
DEBUG = env.bool("DEBUG", default=False)
ALLOWED_HOSTS = env.list("ALLOWED_HOSTS", default=["localhost", "127.0.0.1", "[::1]"])
CSRF_TRUSTED_ORIGINS = env.list("CSRF_TRUSTED_ORIGINS", default=[])
HTTPS = env.bool("HTTPS", default=False)
TRUSTED_PROXIES = networks("TRUSTED_PROXIES")

INSTALLED_APPS = [
    "django.forms",
    "django.contrib.auth",
    "django.contrib.contenttypes",
    "django.contrib.sessions",
    "django.contrib.messages",
    "django.contrib.staticfiles",
    "axes",
    "django_otp",
    "django_otp.plugins.otp_totp",
    "crispy_forms",
    "crispy_bootstrap5",
    "csp",
    "django_filters",
    "django_htmx",
    "portal",
    "schools",
    "indicators",
    "inspections",
]
MIDDLEWARE = [
    "portal.core.lib.middleware.ClientAddressMiddleware",
    "portal.core.lib.middleware.PublicPagesMiddleware",
    "portal.core.lib.middleware.ErrorPagesMiddleware",
    "django.middleware.security.SecurityMiddleware",
    "whitenoise.middleware.WhiteNoiseMiddleware",
    "portal.core.lib.middleware.CompressMiddleware",
    "csp.middleware.CSPMiddleware",
    "portal.core.lib.middleware.OldBrowserMiddleware",
    "django.contrib.sessions.middleware.SessionMiddleware",
    "django.middleware.common.CommonMiddleware",
    "django.middleware.csrf.CsrfViewMiddleware",
    "portal.core.lib.middleware.PlainRequestMiddleware",
    "django.contrib.auth.middleware.AuthenticationMiddleware",
    "portal.core.audit.middleware.AuditContextMiddleware",
    "portal.core.accounts.middleware.SessionLimitsMiddleware",
    "portal.core.accounts.middleware.PagePersonMiddleware",
    "portal.core.lib.middleware.NoStoreMiddleware",
    "django.contrib.messages.middleware.MessageMiddleware",
    "django.middleware.clickjacking.XFrameOptionsMiddleware",
    "django_htmx.middleware.HtmxMiddleware",
    "axes.middleware.AxesMiddleware",
]
ROOT_URLCONF = "portal.urls"
WSGI_APPLICATION = "portal.config.wsgi.application"
TEMPLATES = [
    {
        "BACKEND": "django.template.backends.django.DjangoTemplates",
        "DIRS": [BASE_DIR / "templates"],
        "APP_DIRS": True,
        "OPTIONS": {
            "context_processors": [
                "django.template.context_processors.request",
                "django.contrib.auth.context_processors.auth",
                "django.contrib.messages.context_processors.messages",
                "portal.home.queries.navigation",
            ],
            "builtins": ["portal.core.templatetags.youheng"],
        },
    }
]
FORM_RENDERER = "django.forms.renderers.TemplatesSetting"

DATABASES = {"default": database(required("DATABASE_URL", "sqlite:///var/youheng.sqlite3"))}
DATABASES["default"]["ATOMIC_REQUESTS"] = False
# SQLite too: a new connection reads the schema anew, and the last one that closes writes its journal back.
DATABASES["default"]["CONN_MAX_AGE"] = 60
if DATABASES["default"]["ENGINE"].endswith("sqlite3"):
    DATABASES["default"]["OPTIONS"] = {
        "transaction_mode": "IMMEDIATE",
        "timeout": 20,
        "cached_statements": 1000,
        "init_command": "PRAGMA journal_mode=WAL; PRAGMA synchronous=FULL; PRAGMA foreign_keys=ON;",
    }
else:
    DATABASES["default"]["CONN_HEALTH_CHECKS"] = True

AUTH_USER_MODEL = "portal.User"
AUTHENTICATION_BACKENDS = [
    "axes.backends.AxesStandaloneBackend",
    "django.contrib.auth.backends.ModelBackend",
]
PASSWORD_HASHERS = [
    "portal.core.accounts.authentication.PasswordHasher",
    "django.contrib.auth.hashers.PBKDF2PasswordHasher",
]
# dengbao (等保2.0 三级): mixed classes, a change every 90 days, five remembered. asvs (OWASP): length and a list of known ones.
DENGBAO = one_of("PASSWORD_PROFILE", "dengbao", "asvs") == "dengbao"
PASSWORD_MAX_AGE_DAYS = env.int("PASSWORD_MAX_AGE_DAYS", default=90 if DENGBAO else 0)
AUTH_PASSWORD_VALIDATORS = [
    {
        "NAME": "django.contrib.auth.password_validation.UserAttributeSimilarityValidator",
        "OPTIONS": {"user_attributes": ("username", "name", "phone")},
    },
    {"NAME": "portal.core.accounts.authentication.LengthValidator", "OPTIONS": {"min_length": 8}},
    {"NAME": "django.contrib.auth.password_validation.CommonPasswordValidator"},
    *([{"NAME": "portal.core.accounts.authentication.MixedClassesValidator"}] if DENGBAO else []),
    {
        "NAME": "portal.core.accounts.authentication.NotUsedBeforeValidator",
        "OPTIONS": {"remembered": 5 if DENGBAO else 0},
    },
]
# Roles that sign in with a code and the password. In production (HTTPS) those with far-reaching rights, else nobody.
TWO_STEP_ROLES = several(
    "TWO_STEP_ROLES",
    list(permissions.ROLES),
    default=["admin", "reviewer", "auditor"] if HTTPS else [],
)
# 三员分立: inspectors, reviewers, auditors and heads need a second account manager, and none of them manages accounts.
SEPARATION_OF_POWERS = env.bool("SEPARATION_OF_POWERS", default=False)
ACCOUNT_ROLES = "schools.access.scope.role_codes"
OTP_TOTP_ISSUER = "优衡"
LOGIN_URL = "login"
LOGIN_REDIRECT_URL = "home"
LOGOUT_REDIRECT_URL = "login"
AXES_FAILURE_LIMIT = 5
AXES_COOLOFF_TIME = timedelta(minutes=30)
AXES_LOCKOUT_PARAMETERS = [["username", "ip_address"]]
AXES_RESET_ON_SUCCESS = True
AXES_RESET_COOL_OFF_ON_FAILURE_DURING_LOCKOUT = False
AXES_DISABLE_ACCESS_LOG = True  # the audit trail keeps it
AXES_HANDLER = "portal.core.accounts.authentication.LockoutHandler"
AXES_USERNAME_CALLABLE = "portal.core.accounts.authentication.counted_username"
AXES_CLIENT_IP_CALLABLE = "portal.core.accounts.authentication.counted_address"
AXES_LOCKOUT_CALLABLE = "portal.core.accounts.views.locked_out"
AXES_VERBOSE = False

SESSION_COOKIE_AGE = 12 * 3600
SESSION_IDLE_SECONDS = env.int("SESSION_IDLE_MINUTES", default=30) * 60
SESSION_COOKIE_HTTPONLY = True
SESSION_COOKIE_SECURE = CSRF_COOKIE_SECURE = SECURE_SSL_REDIRECT = HTTPS
SESSION_COOKIE_NAME = "__Host-session" if HTTPS else "session"
CSRF_COOKIE_NAME = "__Host-csrf" if HTTPS else "csrf"
BROWSER_COOKIE_NAME = "__Host-browser" if HTTPS else "browser"
PERSON_COOKIE_NAME = "__Host-person" if HTTPS else "person"
# Pages for everybody, without cookies.
PUBLIC_PATHS = ("/s/", "/public/")
CSRF_FAILURE_VIEW = "portal.core.lib.views.csrf_failure"
SECURE_HSTS_SECONDS = 31_536_000 if HTTPS else 0
SECURE_HSTS_INCLUDE_SUBDOMAINS = SECURE_HSTS_PRELOAD = HTTPS
SECURE_PROXY_SSL_HEADER = ("HTTP_X_FORWARDED_PROTO", "https") if HTTPS else None
# Asked from within the container, without TLS.
SECURE_REDIRECT_EXEMPT = [r"^healthz$"]
SECURE_REFERRER_POLICY = "same-origin"
X_FRAME_OPTIONS = "DENY"
CONTENT_SECURITY_POLICY = {
    "DIRECTIVES": {
        "default-src": [SELF],
        "img-src": [SELF, "data:", "blob:"],
        "object-src": [NONE],
        "base-uri": [NONE],
        "form-action": [SELF],
        "frame-ancestors": [NONE],
    }
}

LANGUAGE_CODE = "zh-hans"
TIME_ZONE = "Asia/Shanghai"
USE_I18N = True
USE_TZ = True

# The last one for Windows 7. What is newer in style sheets and scripts is found by tests/portal/core/lib/test_static_files.py.
OLDEST_CHROME = 109
STATIC_URL = "/static/"
STATIC_ROOT = folder("STATIC_ROOT", VAR_ROOT / "static")
# The second holds the pictures of the manual.
STATICFILES_DIRS = [BASE_DIR / "static", ("screenshots", BASE_DIR / "docs" / "screenshots")]
STATICFILES_FINDERS = [
    "django.contrib.staticfiles.finders.FileSystemFinder",
    "django.contrib.staticfiles.finders.AppDirectoriesFinder",
    "portal.core.lib.static_files.NpmFinder",
]
NODE_MODULES = BASE_DIR / "node_modules"
# The smallest official build of ECharts that has points and what a pointer shows: 715 020 bytes, 239 503 compressed.
NPM_FILES = {
    "vendor/echarts.js": "echarts/dist/echarts.common.min.js",
    "vendor/tabler.css": "@tabler/core/dist/css/tabler.min.css",
    "vendor/tabler.js": "@tabler/core/dist/js/tabler.min.js",
    "vendor/htmx.js": "htmx.org/dist/htmx.min.js",
}
FONT_DIRS = [BASE_DIR / name for name in env.list("FONT_DIRS", default=[])]
STORAGES = {
    "default": {"BACKEND": "django.core.files.storage.FileSystemStorage"},
    "staticfiles": {"BACKEND": "portal.core.lib.static_files.StaticStorage"},
}
MEDIA_ROOT = FILES_ROOT
CRISPY_ALLOWED_TEMPLATE_PACKS = CRISPY_TEMPLATE_PACK = "bootstrap5"
FILTERS_EMPTY_CHOICE_LABEL = "全部"

UPLOAD_MAX_BYTES = env.int("UPLOAD_MAX_MB", default=50) * 1024 * 1024
# What one person may upload within 24 hours.
UPLOAD_QUOTA_BYTES = env.int("UPLOAD_QUOTA_MB", default=2000) * 1024 * 1024
WORKBOOK_MAX_BYTES = env.int("WORKBOOK_MAX_MB", default=20) * 1024 * 1024
# A ClamAV daemon (host:port, or the path of its socket) that looks at every upload; what it cannot look at is refused.
CLAMAV = daemon("CLAMAV")
FILE_UPLOAD_HANDLERS = [
    "portal.core.lib.views.LimitHandler",
    "django.core.files.uploadhandler.MemoryFileUploadHandler",
    "django.core.files.uploadhandler.TemporaryFileUploadHandler",
]
FILE_UPLOAD_MAX_MEMORY_SIZE = 2 * 1024 * 1024
DATA_UPLOAD_MAX_MEMORY_SIZE = 5 * 1024 * 1024
DATA_UPLOAD_MAX_NUMBER_FIELDS = 5000

# Acceptance dossiers, DA/T 22-2015: 全宗号 by district code, 门类, 保管期限 (Y, D30, D10) by volume (Z, A … X).
DOSSIER_FONDS = env.dict("DOSSIER_FONDS", default={})
DOSSIER_CATEGORY = env.str("DOSSIER_CATEGORY", default="WS")
DOSSIER_RETENTION = env.dict("DOSSIER_RETENTION", default={})

# One term: long enough to renew a relaxation, or to fix what it covers.
RELAXATION_WARN_DAYS = env.int("RELAXATION_WARN_DAYS", default=183)
# Areas and values agree with the state statistics within this many percent; counts agree exactly.
STATISTICS_TOLERANCE_PERCENT = env.str("STATISTICS_TOLERANCE_PERCENT", default="0.5")
# How far a figure found on site may be from the claim: 2 or 2%, by figure or unit; inspections/claims/tolerances.toml.
VISIT_TOLERANCES = amounts("VISIT_TOLERANCES")

# Hours after which people are warned that there was no backup; 0: nobody expects one.
BACKUP_EXPECTED_HOURS = env.int("BACKUP_EXPECTED_HOURS", default=0)

# What reaches people who are not signed in: where links lead, and the ways out (portal/core/notices/channels.py).
PORTAL_URL = env.str("PORTAL_URL", default=(CSRF_TRUSTED_ORIGINS or ["http://127.0.0.1:8000"])[0]).rstrip("/")
EMAIL_HOST = env.str("EMAIL_HOST", default="")
EMAIL_PORT = env.int("EMAIL_PORT", default=465)
EMAIL_HOST_USER = env.str("EMAIL_USER", default="")
EMAIL_HOST_PASSWORD = env.str("EMAIL_PASSWORD", default="")
_EMAIL_SECURITY = one_of("EMAIL_SECURITY", "tls", "starttls", "none")
EMAIL_USE_SSL, EMAIL_USE_TLS = _EMAIL_SECURITY == "tls", _EMAIL_SECURITY == "starttls"
DEFAULT_FROM_EMAIL = env.str("EMAIL_FROM", default=EMAIL_HOST_USER)
# Seconds; for the other channels too.
EMAIL_TIMEOUT = env.int("NOTICE_TIMEOUT_SECONDS", default=10)
SMS_URL = env.str("SMS_URL", default="")
SMS_AUTHORIZATION = env.str("SMS_AUTHORIZATION", default="")
SMS_TEMPLATE = template("SMS_TEMPLATE", '{"phone": "{phone}", "text": "{text}"}')
GROUP_WEBHOOKS = webhooks("GROUP_WEBHOOKS")
GROUP_SECRETS = group_secrets("GROUP_SECRETS", GROUP_WEBHOOKS)

REDIS_URL = env.str("REDIS_URL", default="")
JOB_LEASE_SECONDS = env.int("JOB_LEASE_SECONDS", default=30 if REDIS_URL else 5)
JOB_FORGOTTEN_SECONDS = env.int("JOB_FORGOTTEN_SECONDS", default=60)
JOB_MAX_ATTEMPTS = 5
# Every kind of import, by the name of its jobs.
IMPORTS = {
    "register": "schools.workbooks.work.REGISTER",
    "departments": "schools.departments.work.DEPARTMENTS",
    "registers": "schools.registers.work.REGISTERS",
    "returns": "indicators.collection.workbooks.work.SUBMISSIONS",
    "school_workbook": "indicators.collection.school_workbooks.work.SCHOOL_WORKBOOK",
    "ledger": "inspections.ledgers.work.LEDGER",
    "programmes": "inspections.duties.work.PROGRAMMES",
    "statistics": "indicators.collection.state_statistics.work.STATISTICS",
}
# What is done after every evaluation: kinds of job with their titles.
AFTER_EVALUATION = {"reopen_findings": "评估后重新打开又未达标的问题"}
# What is done once a day from the morning hour on: kinds of job with their titles.
NIGHTLY = {
    "clear": "清理过期的会话和旧消息",
    "escalate": "每日督办检查",
    "compile_ended": "编制到期的整改报告",
    "remind_monthly": "提醒报送月度动态",
    "digest": "每日消息汇总",
    "look_at_pictures": "比对以前上传的佐证图片",
}
NIGHTLY_HOUR = 1
# Of those that are asked for several times a day: what failed in the morning is tried again.
NIGHTLY_HOURS = {"digest": (8, 12, 16)}
NIGHTLY_LOOK_SECONDS = 600
JOB_WORKS = {
    "clear": "portal.core.jobs.work.clear",
    "confirm_email": "portal.core.addresses.work.confirm_email",
    "digest": "portal.home.work.digest",
    "issue_accounts": "schools.issuing.work.run",
    "look_at_pictures": "indicators.collection.evidence.work.look_at_pictures",
    "evaluate": "indicators.results.evaluations.work.run",
    "forecast": "indicators.planning.forecast.work.run",
    "remind_monthly": "indicators.planning.monthly.work.remind",
    "plan": "indicators.planning.plans.work.run",
    "reopen_findings": "inspections.rectification.work.reopen_failed",
    "survey_sheets": "inspections.surveys.work.run",
    "issue_letters": "inspections.letters.work.run",
    "escalate": "inspections.escalation.work.run",
    "compile_report": "inspections.reports.work.run",
    "compile_ended": "inspections.reports.work.run_ended",
    "compile_school_reports": "inspections.reports.work.run_schools",
    "build_dossier": "inspections.dossiers.work.run",
    "check_dossier": "inspections.dossiers.work.check",
} | {
    f"{step}_{name}": f"portal.core.spreadsheets.imports.{work}"
    for name in IMPORTS
    for step, work in (("check", "check"), ("import", "take_over"))
}
# The papers of a visit lie above it, so its page asks for its line of steps by name.
VISIT_CHAIN = "inspections.letters.pages.visit_chain"
# Orders and reports take their numbers from the series of papers and lie above them: the number a paper takes over, and
# lines of the register.
NUMBER_HELD = "inspections.escalation.queries.number_held"
NUMBERS_ELSEWHERE = ["inspections.escalation.queries.numbered", "inspections.reports.queries.numbered"]
# Who keeps something of a school, and settles it when the school ends, is merged or runs again.
SCHOOL_TIES = [
    "indicators.collection.reviews.closures",
    "inspections.rectification.closures",
    "inspections.letters.closures",
    "inspections.visits.closures",
    "inspections.duties.closures",
    "inspections.zones.closures",
    "schools.accounts.closures",
]
# Who has something under the goals of a programme, and carries it along when the programme changes.
PROGRAMME_TIES = ["inspections.duties.closures"]
# What inspectors found otherwise than submissions claim, for the pages of reviews and of the board.
SITE_CHECKS = "inspections.claims.queries.of_revisions"
# The self-reports of schools lie above rounds, whose board says who has delivered.
SELF_REPORTS = "inspections.self_reports.queries.delivered"
# Codes of the standard a reader goes by, for the registers below it, which name those they serve.
INDICATORS = "indicators.standard.standards.queries.codes_for"
# What waits for a person, which the workbench gathers, for 会议一页纸 below it.
WAITING = "portal.home.task_queries.in_words"
# Without Redis nothing is ever sent; an address that cannot answer keeps it so.
CELERY_BROKER_URL = REDIS_URL or "memory://"
CELERY_IMPORTS = ["portal.core.jobs.tasks", "portal.core.jobs.work"]
CELERY_TIMEZONE = TIME_ZONE
CELERY_TASK_IGNORE_RESULT = True
CELERY_TASK_ACKS_LATE = True
CELERY_TASK_REJECT_ON_WORKER_LOST = True
CELERY_TASK_TIME_LIMIT = 1800
CELERY_WORKER_PREFETCH_MULTIPLIER = 1
CELERY_BROKER_CONNECTION_RETRY_ON_STARTUP = True
CELERY_BROKER_TRANSPORT_OPTIONS = {
    "visibility_timeout": 3600,
    "unacked_restore_interval": 10,
    "unacked_restore_throttle": 1,
    "socket_timeout": 5,
    "socket_connect_timeout": 2,
}
CELERY_BEAT_SCHEDULE = {
    "nightly-jobs": {"task": "portal.core.jobs.work.leave_nightly", "schedule": NIGHTLY_LOOK_SECONDS},
    "signal-waiting-jobs": {"task": "portal.core.jobs.tasks.signal_waiting", "schedule": JOB_FORGOTTEN_SECONDS / 4},
}
CELERY_BEAT_SCHEDULE_FILENAME = str(VAR_ROOT / "beat-schedule")

LOGGING = {
    "version": 1,
    "disable_existing_loggers": False,
    "filters": {"without_codes": {"()": "portal.config.logs.WithoutCodes"}},
    "handlers": {"console": {"class": "logging.StreamHandler", "filters": ["without_codes"]}},
    "root": {"handlers": ["console"], "level": env.str("LOG_LEVEL", default="WARNING")},
}
SILENCED_SYSTEM_CHECKS = ["axes.W003"]
