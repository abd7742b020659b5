"""The copies of a subscription at other brokers, looked after by the notifier: the database in a thread, the network in the event loop."""

from parvis.kernel import clock
from parvis.telemetry.context.broker.problems import LdError
from parvis.telemetry.context.federation.copies.making import planned, recorded
from parvis.telemetry.context.subscriptions.delivery.receivers import DeliveryFailed
from parvis.telemetry.context.subscriptions.delivery.sender import Sender

_ROUNDS = 4
"""A copy taken back at one address and made at another takes two; more says that a source forgets what it is told."""


async def keep_copies(keeper_id: int, sender: Sender) -> None:
    """Raises `DeliveryFailed` when some are not as they should be yet."""
    for _ in range(_ROUNDS):
        try:
            plan = await sender.in_database(planned, keeper_id, clock.now())
        except LdError as error:
            raise DeliveryFailed(error.detail) from error
        if plan is None:
            return
        answers = await sender.answers(plan.requests)
        if failed := await sender.in_database(recorded, plan, answers, clock.now()):
            raise DeliveryFailed("; ".join(failed))
    raise DeliveryFailed("a source forgets the subscription it has accepted")
