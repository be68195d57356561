"""Re-exports the models of the portal's slices: Django looks for them here."""

from portal.accounts.models import User
from portal.audit.models import AuditEvent, AuditHead
from portal.backups.models import Backup
from portal.documents.models import Document
from portal.forms.models import SentForm
from portal.jobs.models import Job
from portal.notices.models import Notice

__all__ = ["AuditEvent", "AuditHead", "Backup", "Document", "Job", "Notice", "SentForm", "User"]
