"""Password rules (等保2.0 三级: length and mixed classes)."""

import re

from django.contrib.auth.password_validation import MinimumLengthValidator
from django.core.exceptions import ValidationError


class LengthValidator(MinimumLengthValidator):
    """Django's rule, in Chinese: the sentence it refuses with is not translated yet."""

    def get_error_message(self) -> str:
        """Return what a person reads whose password is too short."""
        return f"密码太短，至少要有 {self.min_length} 位。"


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
