"""How a bill is settled: exact amounts, the year so far, the split. Pure; every rule of a payer stands here."""

from __future__ import annotations

from services.billing.settlement.amounts import MOST, amount, apportion, part
from services.billing.settlement.split import Item, Payer, brackets, major_illness, settle
from services.billing.settlement.year import Year

__all__ = ["MOST", "Item", "Payer", "Year", "amount", "apportion", "brackets", "major_illness", "part", "settle"]
