"""Re-exports the models of the app's slices: Django looks for them here."""

from schools.access.models import Membership
from schools.directory.models import Department, District, Group, School, SchoolChange
from schools.registers.models import RegisterChange, RegisterEntry, RegisterFile, RegisterMilestone

__all__ = [
    "Department",
    "District",
    "Group",
    "Membership",
    "RegisterChange",
    "RegisterEntry",
    "RegisterFile",
    "RegisterMilestone",
    "School",
    "SchoolChange",
]
