"""Pages as a browser shows them: white space next to block elements is nothing, any other run of it one space."""

import re

BLOCKS = "body caption dd details div dl dt fieldset footer form h1 h2 h3 h4 header li main nav ol option p section"
EDGE = re.compile(
    rf"\s*(</?(?:{'|'.join(BLOCKS.split())}|select|summary|table|tbody|td|tfoot|th|thead|tr|ul)\b[^>]*>)\s*"
)


def flat(html: str) -> str:
    """Return the markup without the white space nobody sees."""
    return EDGE.sub(r"\1", re.sub(r"\s+", " ", html))
