"""The insurer's gateway, as the runtime sees it: it says nothing, and has an edge of its own."""

from __future__ import annotations

from services.insurer.decider import decide
from services.insurer.state import INITIAL, WAITS, State, evolve, index
from shared.decider import Service, by_visit
from shared.events import billing, billing_insurer

SERVICE: Service[State] = Service(
    name="insurer",
    hears=(
        billing_insurer.SettlementWanted,
        billing_insurer.SettlementReversalWanted,
        billing.BillSettled,
        billing_insurer.SettlementReversed,
        billing_insurer.InsurerAnswerIrregular,
    ),
    says=(),
    edge=True,
    stream=by_visit,
    initial=INITIAL,
    decide=decide,
    evolve=evolve,
    index=index,
    indexes=((WAITS, "since"),),
)
