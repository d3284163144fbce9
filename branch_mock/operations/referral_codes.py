"""What can be done with referral codes, and what referrals led to (contract 11)."""

from branch_mock.domain.apps import App
from branch_mock.domain.credits import DEFAULT_BUCKET, TransactionType
from branch_mock.domain.identities import Identity, Who
from branch_mock.domain.referral_codes import (
    CODE_LENGTH,
    PREFIXED_LENGTH,
    Beneficiary,
    ReferralCode,
)
from branch_mock.domain.rules import CalculationType
from branch_mock.errors import InvalidRequest, ReferralCodeNotFound, ReferralCodeUsed
from branch_mock.indexes import index_referral_code
from branch_mock.operations.core import Core
from branch_mock.operations.credits import Credits
from branch_mock.operations.identities import Identities

_TRIES = 100


class ReferralCodes:
    """The referral codes of every app of one emulator."""

    def __init__(
        self,
        core: Core,
        identities: Identities,
        credits: Credits,  # noqa: A002 - Branch's word
    ) -> None:
        self._core = core
        self._identities = identities
        self._credits = credits

    def create(
        self,
        app: App,
        creator: Who,
        *,
        amount: int,
        calculation_type: int,
        location: int,
        bucket: str | None = None,
        prefix: str | None = None,
        expires_ms: int | None = None,
    ) -> ReferralCode:
        """A new code: six characters, or four behind a prefix.

        Raises InvalidRequest when no further code has that prefix, and for a creator named by an
        id that is no user of the app.
        """
        with self._core.store.transaction() as state:
            creator_id = self._identities.ensure(app, creator).id
            code = ReferralCode(
                id=self._core.ids.next(),
                app_id=app.id,
                code=self._new(app, prefix or ""),
                creator_id=creator_id,
                amount=amount,
                bucket=bucket or DEFAULT_BUCKET,
                calculation_type=CalculationType(calculation_type),
                location=Beneficiary(location),
                expires_ms=expires_ms,
            )
            state.referral_codes.put(code.id, code)
            index_referral_code(state, code)
            return code

    def _new(self, app: App, prefix: str) -> str:
        length = PREFIXED_LENGTH if prefix else CODE_LENGTH
        before = self._core.ids.save()
        for _ in range(_TRIES):
            text = prefix + self._core.ids.referral_code(length)
            if (app.id, text) not in self._core.store.state.code_names:
                return text
        self._core.ids.restore(before)  # a refusal leaves the generator where it was, too
        raise InvalidRequest.of("prefix", f"has no code left, got {prefix!r}")

    def find(self, app: App, text: str) -> ReferralCode:
        """The app's code that reads so and is good still. Raises ReferralCodeNotFound."""
        state = self._core.store.state
        id_ = state.code_names.get((app.id, text))
        if id_ is None or not state.referral_codes[id_].good_at(self._core.clock.now_ms()):
            raise ReferralCodeNotFound(text)
        return state.referral_codes[id_]

    def apply(self, app: App, text: str, who: Who) -> ReferralCode:
        """Give its credits to whom the code says.

        Raises ReferralCodeNotFound, ReferralCodeUsed when it is good for each user only once and
        was applied by this one, and InvalidRequest for a balance past its limit and for an id that
        is no user of the app; then nothing has changed.
        """
        with self._core.store.transaction() as state:
            code = self.find(app, text)
            applier = self._identities.ensure(app, who)
            use = (code.id, applier.id)
            if code.calculation_type is CalculationType.ONCE and use in state.applied_codes:
                raise ReferralCodeUsed(text)
            creator = state.identities[code.creator_id]
            for user in _beneficiaries(code, applier, creator):
                made = self._credits.record(user, TransactionType.REWARD, code.amount, code.bucket)
                state.applied_codes.put(use, made.id)
            return code

    def referrals(self, user: Identity) -> dict[str, dict[str, int]]:
        """How often those whom a user referred did what, by the names of events: in all, and by
        how many of them."""
        totals: dict[str, int] = {}
        users: dict[str, set[int]] = {}
        with self._core.store.lock:
            state = self._core.store.state
            for event in state.events.values():
                actor = state.identities.get(event.identity_id or 0)
                if actor is not None and actor.referrer_id == user.id:
                    totals[event.name] = totals.get(event.name, 0) + 1
                    users.setdefault(event.name, set()).add(actor.id)
        return {name: {"total": totals[name], "unique": len(users[name])} for name in totals}


def _beneficiaries(code: ReferralCode, applier: Identity, creator: Identity) -> list[Identity]:
    return {
        Beneficiary.APPLIER: [applier],
        Beneficiary.CREATOR: [creator],
        Beneficiary.BOTH: [creator, applier],
    }[code.location]
