"""The script that a deep view gets: it leads into the app by a link (contract 11)."""

from branch_mock.api.scripts import script_value

_LEAD = "(function(){{window.top.location={url};}})"
_TRY_AND_LEAD = (
    '(function(){{var frame=document.createElement("iframe");frame.style.display="none";'
    "frame.src={uri};document.body.appendChild(frame);return {lead};}})()"
)


def deepview(url: str, uri: str | None) -> str:
    """JavaScript that is worth a function, which goes to the link at `url`.

    uri: of the app, which is tried at once in a hidden frame, so that the page stays where there
    is no app; None to leave it alone.
    """
    lead = _LEAD.format(url=script_value(url))
    return lead if uri is None else _TRY_AND_LEAD.format(uri=script_value(uri), lead=lead)
