"""The two behaviours of one server, flag by flag (contract 1)."""

from collections.abc import Mapping
from dataclasses import dataclass, fields, replace
from functools import cache
from typing import Any, Literal, get_args, get_type_hints

from branch_mock.errors import SettingsError


@dataclass(frozen=True, slots=True, kw_only=True)
class Profile:
    """How the emulator answers where Branch's documents and its observed behaviour differ.

    The defaults are the profile `documented`. Contract section 1 tells what each flag does.

    link_data_on_put: what PUT does with a link's data. equal_post: whether an equal POST makes a
    new link. empty_bulk: the status of a bulk call with `[]`. link_address: the form of new
    addresses. reconcile_amount: which amount a reconciliation answers. event_credentials: whether
    POST /v1/event needs identity and secret. reward_rows: whom a reward's row in the history names.
    export_format: names and columns of export files.
    """

    link_data_on_put: Literal["merge", "replace"] = "merge"
    equal_post: Literal["new", "same"] = "new"
    empty_bulk: Literal[200, 400] = 200
    link_address: Literal["short_url_domain", "app_link"] = "short_url_domain"
    reconcile_amount: Literal["taken", "asked"] = "taken"
    event_credentials: Literal["required", "optional"] = "required"
    reward_rows: Literal["own_side", "both_sides"] = "own_side"
    export_format: Literal["documented", "v2"] = "documented"

    def override(self, flags: Mapping[str, Any]) -> "Profile":
        """This profile with some flags changed. Raises SettingsError naming a bad flag or value."""
        hints = _hints()
        changed = {}
        for name, value in flags.items():
            if name not in hints:
                raise SettingsError(f"profile: no flag {name!r}; there are {', '.join(hints)}")
            allowed = {str(choice): choice for choice in get_args(hints[name])}
            if str(value) not in allowed:
                raise SettingsError(
                    f"profile: {name} must be one of {', '.join(allowed)}, got {value!r}"
                )
            changed[name] = allowed[str(value)]
        return replace(self, **changed)

    def as_text(self) -> str:
        """The shortest text that `parse` reads as this profile."""
        base, rest = min(
            ((name, _differences(profile, self)) for name, profile in PROFILES.items()),
            key=lambda found: len(found[1]),
        )
        return ",".join([base, *rest])


@cache
def _hints() -> dict[str, Any]:
    """The flags and what each may be; reading them is slow, and every server does."""
    return get_type_hints(Profile)


def _differences(base: Profile, other: Profile) -> list[str]:
    return [
        f"{field.name}={getattr(other, field.name)}"
        for field in fields(Profile)
        if getattr(base, field.name) != getattr(other, field.name)
    ]


DOCUMENTED = Profile()
OBSERVED = Profile(
    link_data_on_put="replace",
    equal_post="same",
    empty_bulk=400,
    link_address="app_link",
    reconcile_amount="asked",
    event_credentials="optional",
    reward_rows="both_sides",
    export_format="v2",
)
PROFILES = {"documented": DOCUMENTED, "observed": OBSERVED}


@cache
def parse(text: str) -> Profile:
    """Read `documented`, `observed`, or either followed by `,flag=value` pairs.

    Raises SettingsError naming what cannot be read.
    """
    name, *pairs = (part.strip() for part in text.split(","))
    if name not in PROFILES:
        raise SettingsError(f"profile: must be one of {', '.join(PROFILES)}, got {name!r}")
    flags = {}
    for pair in pairs:
        flag, equals, value = pair.partition("=")
        if not equals:
            raise SettingsError(f"profile: expected flag=value, got {pair!r}")
        flags[flag] = value
    return PROFILES[name].override(flags)
