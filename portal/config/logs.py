"""Log lines without the codes of surveys: a line has a time, and would say when which code was used."""

import logging
import re
from typing import Any

from gunicorn.glogging import Logger

_CODE = re.compile(r"(/s/)[^/\s\"?]+")


class WithoutCodes(logging.Filter):
    """Takes the codes out of every line that passes."""

    def filter(self, record: logging.LogRecord) -> bool:
        said = record.getMessage()
        if _CODE.search(said):
            record.msg, record.args = _CODE.sub(r"\1", said), ()
        return True


class WebLogger(Logger):
    """gunicorn's logger, by which the web server's own lines go."""

    def setup(self, cfg: Any) -> None:
        super().setup(cfg)
        for log in (self.access_log, self.error_log):
            log.addFilter(WithoutCodes())
