"""Re-exports the models of the portal's slices: Django looks for them here."""

from portal.core.accounts.models import User
from portal.core.audit.models import AuditEvent, AuditHead
from portal.core.backups.models import Backup
from portal.core.files.models import Document
from portal.core.forms.models import SentForm
from portal.core.jobs.models import Job
from portal.core.notices.models import Notice, Sending
from portal.core.saved_lists.models import SavedList

__all__ = ["AuditEvent", "AuditHead", "Backup", "Document", "Job", "Notice", "SavedList", "Sending", "SentForm", "User"]
