"""The banner that a web page shows when it asks for a journey by its id (contract 11).

Branch's own journeys are made on its dashboard; this one stands for any of them, so that pages can
be tried that open, follow and close one.
"""

from html import escape
from typing import Any

_TEMPLATE = """<script type="application/json">
{{"bannerHeight": "76px", "position": "top", "sticky": "absolute"}}
</script>
<style type="text/css" id="branch-css">
.branch-banner-content {{ font: 16px/1.4 sans-serif; padding: 8px; background-color: #fff }}
</style>
<div class="branch-banner-content">
<button class="branch-banner-close" aria-label="Close">&times;</button>
<span>Journey {id}</span>
<button id="branch-mobile-action">View in app</button>
</div>
"""


def journey(view_id: str) -> dict[str, Any]:
    """What POST /v1/pageview answers a page that asks for the journey `view_id`."""
    return {
        "event_data": {"branch_view_data": {"id": view_id, "audience_rule_id": view_id}},
        "template": _TEMPLATE.format(id=escape(view_id)),
        "journey_link_data": {"journey_id": view_id, "type": "mobile"},
    }
