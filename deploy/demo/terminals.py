"""Which terminals an institution of each size has."""

from __future__ import annotations

TERMINALS: dict[str, dict[str, int]] = {
    "hospital": {
        "kiosk": 6,
        "registration_desk": 2,
        "doctor_desk": 0,
        "cashier": 2,
        "lab_desk": 2,
        "analyser": 2,
        "exam_desk": 2,
        "checkup_desk": 3,
        "pharmacy_desk": 2,
        "ward_desk": 2,
        "phone_gateway": 1,
    },
    "centre": {
        "kiosk": 1,
        "registration_desk": 1,
        "doctor_desk": 0,
        "cashier": 1,
        "lab_desk": 1,
        "analyser": 1,
        "exam_desk": 1,
        "checkup_desk": 1,
        "pharmacy_desk": 1,
        "phone_gateway": 1,
    },
    "clinic": {
        "registration_desk": 1,
        "doctor_desk": 0,
        "cashier": 1,
        "lab_desk": 1,
        "analyser": 1,
        "exam_desk": 1,
        "pharmacy_desk": 1,
        "phone_gateway": 1,
    },
}
"""How many of each kind stand in one institution. 0: one for every department."""
