"""Which time zone a lead lives in, and how we know (SPEC W2)."""

from __future__ import annotations

from zoneinfo import ZoneInfo

from spara_cli.model.lead import Lead
from spara_cli.model.localtime import zone_named
from spara_cli.model.rules import Rules


def lead_zone(lead: Lead, rules: Rules) -> tuple[ZoneInfo, str]:
    """The lead's zone and its source: the `timezone` field when it names one, else the account's."""
    named = lead.text("timezone")
    if named is not None:
        try:
            return zone_named(named), "timezone"
        except ValueError:
            pass
    return rules.zone, "account"
