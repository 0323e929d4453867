"""From the project's settings to the rules the engine shares with every lead: `rules_of(project) -> Rules`.

The one thing to know: this happens once per command. Holiday calendars and numbering plans cost a tenth of a
second and more to import, so they are only touched when a window names a calendar or a region is not the default.
"""

from __future__ import annotations

from collections.abc import Mapping
from datetime import date
from functools import lru_cache

from spara_cli.diagnostics import did_you_mean
from spara_cli.errors import ConfigError
from spara_cli.model.lead import STANDARD_FIELDS
from spara_cli.model.localtime import zone_named
from spara_cli.model.rules import Agent, Rules
from spara_cli.model.window import HolidayTest, Window, parse_window
from spara_cli.settings.model import Account, Project, field_type

_DAYS_REMEMBERED = 4_096


def rules_of(project: Project) -> Rules:
    """The rules for every workflow; in outbox mode no channel is broken and any notify channel will do (S4).

    Raises ConfigError when a window names a calendar that does not exist, or the region is none.
    """
    problem = region_problem(project.account.region)
    if problem is not None:
        raise ConfigError(f"account.region: {problem}")
    windows = windows_of(project)
    return Rules(
        zone=zone_named(project.account.zone),
        region=project.account.region,
        account_name=project.account.name,
        account_address=project.account.address,
        windows=windows,
        holidays=_holidays(windows),
        agents={key: Agent(key, agent.phone_number, agent.published) for key, agent in project.agents.items()},
        notify=None if project.mode == "outbox" else frozenset(project.channels.notify),
        field_types={
            **STANDARD_FIELDS,
            **{name: field_type(name, declared) for name, declared in project.fields.items()},
        },
        max_attempts=project.limits.max_attempts,
        on_unknown=project.on_unknown,
    )


def windows_of(project: Project) -> dict[str, Window]:
    """The windows by channel; a channel without one is not there, and always open (W2)."""
    if project.windows is None:
        return {}
    raw = {"email": project.windows.email, "text": project.windows.text, "call": project.windows.call}
    return {channel: parse_window(window) for channel, window in raw.items() if window is not None}


def _holidays(windows: Mapping[str, Window]) -> dict[str, HolidayTest]:
    tests = {}
    for channel, window in windows.items():
        if window.holidays is not None:
            try:
                tests[channel] = holiday_test(window.holidays)
            except ValueError as error:
                raise ConfigError(f"windows.{channel}.holidays: {error}") from None
    return tests


@lru_cache(maxsize=64)
def holiday_test(code: str) -> HolidayTest:
    """Tells the public holidays of a calendar such as `US` or `US-CA` (ISO 3166), days observed in lieu included.

    Raises ValueError, with one sentence, for a calendar that does not exist.
    """
    import holidays

    country, _, subdivision = code.partition("-")
    try:
        calendar = holidays.country_holidays(country, subdiv=subdivision or None)
    except NotImplementedError:
        raise ValueError(_no_calendar(code)) from None

    def is_holiday(day: date) -> bool:
        return day in calendar

    return lru_cache(maxsize=_DAYS_REMEMBERED)(is_holiday)


def _no_calendar(code: str) -> str:
    import holidays

    country, _, subdivision = code.partition("-")
    calendars = holidays.list_supported_countries(include_aliases=True)
    if country not in calendars:
        return f"there is no holiday calendar `{country}`; write an ISO 3166-1 code such as `US`"
    known = calendars[country]
    if not known:
        return f"the holiday calendar `{country}` has no subdivisions; write `{country}`"
    near = did_you_mean(subdivision, known)
    way_out = f"did you mean `{country}-{near}`?" if near else f"it has {', '.join(sorted(known))}"
    return f"the holiday calendar `{country}` has no subdivision `{subdivision}`; {way_out}"


def region_problem(region: str) -> str | None:
    """Why national phone numbers cannot be read as those of `region`, as one sentence, or None."""
    if region == Account.model_fields["region"].default:
        return None
    from phonenumbers import SUPPORTED_REGIONS

    if region in SUPPORTED_REGIONS:
        return None
    way_out = "did you mean `GB`?" if region == "UK" else "write an ISO 3166-1 code such as `US`"
    return f"`{region}` is no country with phone numbers; {way_out}"
