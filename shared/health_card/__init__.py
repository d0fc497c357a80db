"""The electronic health card: number, pseudonym, QR codes. Pure, but for the memory a reader keeps of codes.

The arithmetic follows the electronic health card specification's published test values; what is inferred says so.
"""

from shared.health_card.ciphers import hmac_sm3
from shared.health_card.codes import WINDOW, Scan, SeenCodes, dynamic_code, read_code, static_code
from shared.health_card.derivation import card_number, factor, main_index, user_key
from shared.health_card.number import CardKey, CardNumber, card_key
from shared.health_card.refusals import REFUSALS, RefusalCode, Refused
from shared.health_card.replay import ReplayCache

__all__ = [
    "REFUSALS",
    "WINDOW",
    "CardKey",
    "CardNumber",
    "RefusalCode",
    "Refused",
    "ReplayCache",
    "Scan",
    "SeenCodes",
    "card_key",
    "card_number",
    "dynamic_code",
    "factor",
    "hmac_sm3",
    "main_index",
    "read_code",
    "static_code",
    "user_key",
]
