"""Re-exports the models of the app's slices: Django looks for them here."""

from schools.access.models import Membership
from schools.directory.models import Department, District, Group, School, SchoolChange

__all__ = ["Department", "District", "Group", "Membership", "School", "SchoolChange"]
