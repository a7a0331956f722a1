"""What the types of entries mean, in words for anyone."""

from django.utils.translation import gettext_lazy as _

KINDS = {
    "log.opened": _("Record opened"),
    "log.closed": _("Consultation ended"),
    "log.key_destroyed": _("Key of the tags destroyed"),
    "activity.opened": _("Activity opened"),
    "activity.changed": _("Activity changed"),
    "activity.closed": _("Activity closed"),
    "contribution.received": _("Message filed"),
    "contribution.published": _("Message published"),
    "contribution.refused": _("Message refused by moderation"),
    "contribution.edited": _("Message changed"),
    "contribution.withdrawn": _("Message withdrawn"),
    "reaction.cast": _("View on a message recorded"),
    "reaction.changed": _("View on a message changed"),
    "reaction.withdrawn": _("View on a message taken back"),
    "vote.cast": _("Vote recorded"),
    "vote.changed": _("Vote changed"),
    "vote.withdrawn": _("Vote taken back"),
    "opening.withheld": _("Text no longer shown"),
    "opening.restored": _("Text shown again"),
    "opening.erased": _("Text erased"),
    "participation.count": _("Daily count of participants"),
    "count.published": _("Count published"),
    "site.key": _("Public key of the site"),
    "site.log_opened": _("A record opened"),
    "site.log_closed": _("A record ended"),
    "site.charter": _("Version of the charter"),
    "site.accounts": _("Daily count of accounts"),
}
