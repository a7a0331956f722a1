"""What the documents of an activity are found by: what its consultation is classified by."""

from participation.consultations.models import Consultation

RELATED = [
    f"{territory}__{division}"
    for territory in ("activity__consultation__territory", "activity__consultation__organiser__territory")
    for division in ("epci", "gal")
]
"""What to read with a contribution, so that `of_consultation` costs nothing more; of an activity, without `activity__`."""


def of_consultation(consultation: Consultation) -> dict:
    territory = consultation.territory or consultation.organiser.territory
    return {
        "territories": tuple(territory.codes()) if territory else (),
        "degree": consultation.degree,
        "carrier": consultation.organiser.slug,
    }
