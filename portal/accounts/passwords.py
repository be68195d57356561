"""Password rules (等保2.0 三级: length and mixed classes)."""

import re

from django.core.exceptions import ValidationError


class MixedClassesValidator:
    """At least three of: lower case, upper case, digits, other characters."""

    message = "密码须包含大写字母、小写字母、数字、符号中的至少三类"

    def validate(self, password: str, user: object = None) -> None:
        """Raise ValidationError if fewer than three kinds of characters occur."""
        kinds = [r"[a-z]", r"[A-Z]", r"[0-9]", r"[^a-zA-Z0-9]"]
        if sum(bool(re.search(kind, password)) for kind in kinds) < 3:
            raise ValidationError(self.message, code="password_classes")

    def get_help_text(self) -> str:
        """Return the rule in words for the form."""
        return self.message
