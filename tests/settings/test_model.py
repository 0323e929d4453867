"""spara.yaml as a model: what it takes, what it refuses and where it says so."""

from __future__ import annotations

import json
from pathlib import Path

import jsonschema
import pytest

from spara_cli.diagnostics import Diagnostic, Severity
from spara_cli.playbook.source import read_source
from spara_cli.settings.model import Project
from spara_cli.settings.project_file import parse_settings

# FORMATS.md, The project, with references where it shows "…".
EVERYTHING = """\
project: acme
account: {zone: America/New_York, region: US, name: Acme Inc., address: "1 Main St", public_url: https://a.acme.test}
store: sqlite:///.spara/spara.db
mode: outbox
test_recipient: {email: me@acme.test, phone: "+12125550198"}
windows: {email: {mon-fri: ["08:00-18:00"]}, text: {mon-fri: ["10:00-18:00"], zone: lead}, call: {mon-fri: ["10:00-18:00"], zone: lead, holidays: US}}
channels:
  email: {kind: smtp, host: smtp.acme.test, port: 587, security: starttls, username: "${env:SMTP_USER}", password: "${env:SMTP_PASSWORD}", from: "Ada <ada@acme.test>",
          imap: {host: imap.acme.test, username: ada, password: "${env:IMAP_PASSWORD}"}}
  text: {kind: twilio, account_sid: "${env:TWILIO_SID}", auth_token: "${env:TWILIO_TOKEN}", from: "+12125550199", base_url: null}
  call: {kind: twilio}
  notify: {sales: {kind: slack, url: "${env:SLACK_URL}"}, ops: {kind: teams, url: "${file:teams}"}, other: {kind: apprise, url: "${cmd:pass x}"}}
  ai: {kind: openai, base_url: null, model: m, key: "${keyring:ai/key}"}
agents: {inbound-sdr: {phone_number: "+12125550199", published: true, opening: "Hi", instructions: "Ask"}}
limits: {calls_per_second: 5, emails_per_second: 10, texts_per_second: 1, emails_per_day: null, warm_up: null, max_attempts: 5, max_in_flight: 50}
on_unknown: skip
webhooks: {out: [{url: https://x.test/h, secret: "${env:HOOK_SECRET}", events: ["lead.created"]}], in: {pages: {secret: "${env:P}"}}}
retention: {messages: 365 days, timeline: 730 days}
fields: {num_employees: {type: integer}, pages_visited: {type: list}, email: {type: string, pii: true}}
policies:
  - {name: three-touches-a-week, max: 3, per: 7 days, channels: [email, text, call]}
  - {name: quiet-hours, never_between: ["20:00", "08:00"], zone: lead, channels: [text, call]}
consent: {voice_ai: required}
network: {allow_hosts: [], allow_cidrs: []}
"""


def _parse(text: str) -> tuple[Project | None, tuple[Diagnostic, ...]]:
    return parse_settings(read_source("spara.yaml", text.encode()))


def _errors(text: str) -> list[tuple[str, str]]:
    """Each error as `line:column rule`, with its message."""
    _, found = _parse(text)
    return [
        (f"{each.span.start.line}:{each.span.start.column} {each.rule}", each.message)
        for each in found
        if each.severity is Severity.ERROR
    ]


def test_the_whole_example_of_the_contract_is_taken() -> None:
    project, found = _parse(EVERYTHING)
    assert project is not None
    assert {each.rule for each in found} == {"not-in-this-release"}


@pytest.mark.parametrize("text", ["", "# nothing yet\n", "\ufeff", "---\n"])
def test_an_empty_file_is_a_project_on_the_defaults(text: str) -> None:
    assert _parse(text) == (Project(), ())


@pytest.mark.parametrize("key", sorted(Project.model_fields))
def test_every_key_is_optional(key: str) -> None:
    source = read_source("spara.yaml", EVERYTHING.encode())
    assert isinstance(source.data, dict)
    data = {name: value for name, value in source.data.items() if name != key}
    assert _errors(json.dumps(data)) == []


@pytest.mark.parametrize(
    ("text", "place_and_rule"),
    [
        ("acount: {}", "1:1 unknown-key"),
        ("account: {zone: Mars/Base}", "1:17 unknown-zone"),
        ("account: {region: us}", "1:19 invalid-value"),
        ("account: {region: XX}", "1:19 unknown-region"),
        ("account: {public_url: acme.test}", "1:23 invalid-url"),
        ("mode: lvie", "1:7 invalid-value"),
        ("test_recipient: {email: me}", "1:25 invalid-address"),
        ("test_recipient: {phone: 212-555-0198}", "1:25 invalid-phone-number"),
        ("windows: {email: {mon-fir: []}}", "1:28 invalid-window"),
        ('windows: {email: {mon: ["8-9"]}}', "1:25 invalid-window"),
        ("windows: {email: {zone: lead}}", "1:18 invalid-window"),
        ("windows: {fax: {mon: []}}", "1:11 unknown-key"),
        ("windows: {call: {mon: [], holidays: XX}}", "1:37 unknown-calendar"),
        ("windows: {call: {mon: [], holidays: US-QQ}}", "1:37 unknown-calendar"),
        ("channels: {email: {host: x}}", "1:19 missing-key"),
        ("channels: {email: {kind: smtp, from: a@b.test}}", "1:19 missing-key"),
        ("channels: {email: {kind: smtpp}}", "1:26 invalid-value"),
        ("channels: {email: {kind: outbox, outcome: busy}}", "1:34 unknown-key"),
        ("channels: {email: {kind: smtp, host: x, from: Ada}}", "1:47 invalid-address"),
        ("channels: {call: {outcome: asleep}}", "1:28 invalid-value"),
        ('channels: {notify: {a: {kind: slack, url: "${evn:X}"}}}', "1:43 invalid-reference"),
        ("channels: {notify: {a b: {kind: outbox}}}", "1:21 invalid-id"),
        ("agents: {a: {phone_number: +1}}", "1:28 wrong-type"),
        ("agents: {a: {published: 1}}", "1:25 wrong-type"),
        ("limits: {calls_per_second: 0}", "1:28 invalid-value"),
        ("limits: {max_attempts: 1000}", "1:24 invalid-value"),
        ("limits: {warm_up: 3}", "1:19 invalid-value"),
        ("webhooks: {out: [{url: https://x.test}]}", "1:18 missing-key"),
        ("retention: {messages: 365}", "1:23 invalid-duration"),
        ("fields: {id: {}}", "1:10 invalid-field-name"),
        ("fields: {num_employees: {type: string}}", "1:32 wrong-field-type"),
        ("fields: {a: {type: integer, example: many}}", "1:38 wrong-field-type"),
        ("policies: [{name: a}]", "1:12 missing-key"),
        ("policies: [{name: a, max: 3}]", "1:12 missing-key"),
        ('policies: [{name: a, max: 3, per: 0 days}]', "1:35 invalid-value"),
        ('policies: [{name: a, max: 3, per: 1 day, never_between: ["20:00", "08:00"]}]', "1:12 missing-key"),
        ('policies: [{name: a, never_between: ["20:00", "20:00"]}]', "1:37 invalid-value"),
        ("policies: [{name: a, max: 3, per: 1 day}, {name: a, max: 4, per: 1 day}]", "1:50 duplicate-name"),
        ("consent: {voice_ai: no}", "1:21 invalid-value"),
        ("network: {allow_cidrs: [10.0.0.1/8]}", "1:25 invalid-network"),
        ("network: {allow_hosts: [https://x.test]}", "1:25 invalid-value"),
        ("mode: outbox\nmode: live", "2:1 duplicate-key"),
    ],
)  # fmt: skip
def test_a_mistake_is_one_error_at_its_place(text: str, place_and_rule: str) -> None:
    assert [each for each, _ in _errors(text)] == [place_and_rule]


def test_an_unquoted_time_in_quiet_hours_is_told_as_such() -> None:
    errors = _errors('policies: [{name: a, never_between: [20:00, "08:00"]}]')
    assert [each for each, _ in errors] == ["1:38 unquoted-time"]


def test_every_mistake_is_told_in_one_run() -> None:
    text = "mode: x\naccount: {zone: y}\nlimits: {max_attempts: 0}\n"
    assert sorted(each for each, _ in _errors(text)) == [
        "1:7 invalid-value", "2:17 unknown-zone", "3:24 invalid-value"
    ]  # fmt: skip


def test_a_secret_in_plain_sight_is_a_warning_that_does_not_repeat_it() -> None:
    _, found = _parse("channels: {notify: {a: {kind: slack, url: https://hooks.test/hunter2}}}")
    (warning,) = found
    assert (warning.rule, warning.severity) == ("hardcoded-secret", Severity.WARNING)
    assert "hunter2" not in f"{warning.message}{warning.help}"


def test_a_channel_without_a_kind_is_the_outbox() -> None:
    project, found = _parse("channels: {email: {}, call: {outcome: answered}, notify: {sales: {}}}")
    assert found == ()
    assert project is not None
    assert project.channels.email is not None
    assert project.channels.email.kind == "outbox"


def test_the_schema_takes_what_the_model_takes() -> None:
    schema = Project.model_json_schema()
    for text in (EVERYTHING, "channels: {call: {outcome: answered}}", "windows: {email: {sat-sun: ['22:00-24:00']}}"):
        data = read_source("spara.yaml", text.encode()).data
        assert _errors(text) == []
        jsonschema.Draft202012Validator(schema).validate(data)


@pytest.mark.parametrize("text", ["{acount: {}}", "{limits: {warm_up: 3}}", "{windows: {email: {fnord: []}}}"])
def test_the_schema_refuses_what_the_model_refuses(text: str) -> None:
    validator = jsonschema.Draft202012Validator(Project.model_json_schema())
    assert not validator.is_valid(read_source("spara.yaml", text.encode()).data)


def test_the_schema_describes_every_property() -> None:
    schema = Project.model_json_schema()
    for name, definition in [("Project", schema), *schema["$defs"].items()]:
        for key, shape in definition.get("properties", {}).items():
            # Pydantic leaves a description out that is also that of the model referred to.
            described = shape if "$ref" not in shape else {**schema["$defs"][shape["$ref"].rpartition("/")[2]], **shape}
            assert described.get("description"), f"{name}.{key}"


def test_no_settings_module_looks_at_the_environment_by_itself() -> None:
    folder = Path(__file__).parents[2] / "spara_cli" / "settings"
    for path in folder.glob("*.py"):
        text = path.read_text(encoding="utf-8")
        assert "environ" not in text.replace("environment", ""), path.name
        assert "getenv" not in text, path.name
