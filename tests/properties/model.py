"""What apps, links, credits and rules should do, as simply as it can be said.

No ids, no clock, no HTTP: dicts and lists only, written from the contract and not from the code.
"""

import json
from collections.abc import Iterator
from dataclasses import dataclass, field
from typing import Any

Json = dict[str, Any]
Row = tuple[int, int, str, str | None, Json | None, str | None, str | None]
"""type, amount, bucket, event, metadata, referrer, referree."""


@dataclass
class LinkModel:
    """One link: where it is, and what was last known of it."""

    url: str
    fields: Json

    def view(self, url: str) -> Json:
        """GET /v1/url, less what only the server can know."""
        labels: Json = {
            name: self.fields[name] for name in ("channel", "feature") if name in self.fields
        }
        mirrors = {f"~{name}": value for name, value in labels.items()}
        one_time = {"$one_time_use": self.fields["type"] == 1, "~creation_source": 0}
        return {
            **labels,
            "data": {**self.fields["data"], **mirrors, **one_time, "url": url},
            "alias": self.fields.get("alias"),
            "type": self.fields["type"],
        }


@dataclass
class AppModel:
    """One app and everything in it."""

    key: str
    secret: str
    observed: bool
    config: Json = field(default_factory=dict)
    links: list[LinkModel] = field(default_factory=list)
    originals: dict[str, LinkModel] = field(default_factory=dict)
    aliases: dict[str, LinkModel] = field(default_factory=dict)
    history: dict[str, list[Row]] = field(default_factory=dict)
    referrers: dict[str, str] = field(default_factory=dict)
    rules: list[Json] = field(default_factory=list)
    rewarded: set[tuple[int, str]] = field(default_factory=set)

    def find_link(self, fields: Json) -> LinkModel | int | None:
        """The link that a creation answers with, 409, or None for a new one (contract 5)."""
        alias = fields.get("alias")
        original = self.originals.get(json.dumps(fields, sort_keys=True))
        if alias is not None:
            known = self.aliases.get(alias)
            return 409 if known is not None and known is not original else known
        return original if self.observed else None

    def add_link(self, fields: Json, url: str) -> None:
        """Note a new link."""
        made = LinkModel(url, dict(fields))
        self.links.append(made)
        self.originals.setdefault(json.dumps(fields, sort_keys=True), made)
        if "alias" in fields:
            self.aliases[fields["alias"]] = made

    def update_link(self, link: LinkModel, change: Json) -> None:
        """PUT /v1/url: labels are merged, data as the profile says (contract 1)."""
        data = change.get("data")
        if data is not None:
            data = data if self.observed else {**link.fields["data"], **data}
            change = {**change, "data": data}
        link.fields = {**link.fields, **change}

    def balances(self, identity: str) -> dict[str, int]:
        """Sums of the history, by bucket (contract 8)."""
        sums: dict[str, int] = {}
        for row in self.history.get(identity, []):
            sums[row[2]] = sums.get(row[2], 0) + row[1]
        return sums

    def write(self, identity: str, type_: int, amount: int, bucket: str, **why: Any) -> None:
        """One transaction."""
        row = (
            type_,
            amount,
            bucket,
            why.get("event"),
            why.get("metadata"),
            why.get("referrer"),
            why.get("referree"),
        )
        self.history.setdefault(identity, []).append(row)

    def redeem(self, identity: str, amount: int, bucket: str) -> bool:
        """Whether there was enough; then it is taken."""
        if self.balances(identity).get(bucket, 0) < amount:
            return False
        self.write(identity, 2, -amount, bucket)
        return True

    def reconcile(self, identity: str, amount: int, bucket: str) -> int:
        """The amount in the answer (contract 1)."""
        taken = min(amount, self.balances(identity).get(bucket, 0))
        self.write(identity, 4, -taken, bucket)
        return -amount if self.observed else -taken

    def refer(self, referrer: str, referred: str) -> str:
        """The first referrer stays."""
        return self.referrers.setdefault(referred, referrer)

    def event(self, identity: str, name: str, metadata: Json) -> list[str]:
        """Rules act in their order (contract 9); the addresses of webhooks."""
        sent = []
        for number, rule in self._matching(name, metadata):
            referrer = self.referrers.get(identity)
            rewarded = referrer if rule["location"] == 1 else identity
            if rewarded is None or (rule["location"] == 4 and referrer is None):
                continue
            if rule["calculation_type"] == 1:
                if (number, rewarded) in self.rewarded:
                    continue
                self.rewarded.add((number, rewarded))
            if rule["type"] == "web_hook":
                sent.append(rule["metadata"]["web_hook_url"])
            else:
                self._reward(rule, rewarded, identity, name, metadata)
        return sent

    def _matching(self, name: str, metadata: Json) -> Iterator[tuple[int, Json]]:
        for number, rule in enumerate(self.rules):
            if rule["event"] in {"*", name} and rule.get("filter", {}).items() <= metadata.items():
                yield number, rule

    def _reward(self, rule: Json, owner: str, actor: str, name: str, metadata: Json) -> None:
        referrer = referree = None
        if rule["location"] == 1:
            referrer, referree = (owner if self.observed else None), actor
        elif rule["location"] == 4 and not self.observed:
            referrer = self.referrers[actor]
        self.write(
            owner,
            0,
            rule["metadata"]["amount"],
            rule["metadata"].get("bucket", "default"),
            event=name,
            metadata=metadata or None,
            referrer=referrer,
            referree=referree,
        )
