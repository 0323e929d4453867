"""`spara workflow preview`: messages as a lead would get them, what is missing marked, nothing sent."""

from __future__ import annotations

import sys
import webbrowser
from typing import Any

import pytest

from spara_cli.runtime.lead_changes import create_lead
from tests.cli.conftest import START, ScratchProject
from tests.cli.workflows import DRIP, MODELINE, enter

ALL = f"""{MODELINE}workflow: all
steps:
  - id: mail
    type: send_email
    to: [lead, rep]
    subject: "Hi {{{{ first_name }}}}"
    body: >-
      **{{{{ nickname }}}}** {{{{ nickname | default: "friend" }}}}, [book](https://acme.test/b) {{{{ shoe | upcase }}}}
    reply_to: team@acme.test
  - {{id: sms, type: send_text, body: "Hé €5 {{{{ first_name }}}}, https://acme.test/x."}}
  - {{id: dial, type: call_phone, agent: sdr}}
  - {{id: tell, type: notify, channel: sales, to: rep, title: "T", body: "{{{{ company_name }}}} {{{{ rep.name }}}}"}}
  - id: enrich
    type: api
    method: POST
    url: "https://api.test/{{{{ email | url_encode }}}}"
    headers: {{Authorization: "Bearer ${{env:KEY}}"}}
    json: {{who: ["{{{{ nickname }}}}", 1], "null": null}}
  - {{id: ask, type: prompt, instructions: "Judge {{{{ first_name }}}}", extract: [{{name: score, type: integer}}]}}
  - {{id: rest, type: wait, for: 1 day}}
"""


def steps(project: ScratchProject, *words: str) -> dict[str, dict[str, Any]]:
    answer = project.ok("workflow", "preview", "all", *words, "--json").answer
    return {step["step"]: step for step in answer["steps"]}


@pytest.fixture
def everything(project: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> ScratchProject:
    monkeypatch.setenv("KEY", "s3cr3t")
    project.write("playbooks/all.yaml", ALL)
    return project


def test_every_step_that_sends_or_asks_is_shown_and_nothing_is_stored(everything: ScratchProject) -> None:
    finished = everything.ok("workflow", "preview", "playbooks/all.yaml")
    heads = [
        line for line in finished.out.splitlines() if line.startswith(("mail", "sms", "dial", "tell", "enr", "ask"))
    ]
    assert heads == [
        "mail  send_email", "sms  send_text", "dial  call_phone", "tell  notify", "enrich  api", "ask  prompt",
    ]  # fmt: skip
    assert not (everything.root / ".spara").exists()


def test_an_email_has_its_addresses_both_parts_and_its_links(everything: ScratchProject) -> None:
    mail = steps(everything, "mail", "--set", "nickname=<b>Al</b>", "--set", "shoe=brogue")["mail"]
    message = mail["message"]
    assert (message["subject"], message["reply_to"]) == ("Hi Ada", "team@acme.test")
    assert message["to"] == ["ada@example.com", "grace@example.com"]
    assert message["text"].startswith("<b>Al</b> <b>Al</b>, book (https://acme.test/b) BROGUE")
    assert "<strong>&lt;b&gt;Al&lt;/b&gt;</strong>" in message["html"]
    assert (mail["links"], mail["missing"]) == (["https://acme.test/b"], [])


def test_s6_what_is_missing_is_marked_where_the_author_did_not_provide_for_it(everything: ScratchProject) -> None:
    mail = steps(everything, "mail")["mail"]
    text = mail["message"]["text"]
    assert "⟨nickname is missing⟩ friend," in text
    assert "⟨SHOE IS MISSING⟩" in text
    assert "⟨nickname is missing⟩" in mail["message"]["html"]
    assert mail["missing"] == ["nickname", "shoe"]
    shown = everything.ok("workflow", "preview", "all", "mail").out
    assert "missing  nickname has no value for this lead" in shown


def test_a_blank_value_clears_a_field(everything: ScratchProject) -> None:
    assert steps(everything, "--set", "first_name=")["mail"]["message"]["subject"] == "Hi ⟨first_name is missing⟩"


def test_a_text_tells_segments_encoding_and_the_signs_that_cost(everything: ScratchProject) -> None:
    message = steps(everything, "sms")["sms"]["message"]
    assert (message["encoding"], message["segments"], message["non_gsm"]) == ("GSM-7", 1, [])
    named = steps(everything, "sms", "--set", "first_name=Zoë ł")["sms"]["message"]
    assert (named["encoding"], named["non_gsm"]) == ("UCS-2", ["ë", "ł"])
    shown = everything.ok("workflow", "preview", "all", "sms", "--set", "first_name=Zoë ł").out
    assert "1 segment, UCS-2 because of ë ł, 33 units" in shown
    assert steps(everything, "sms")["sms"]["links"] == ["https://acme.test/x"]


def test_a_request_keeps_its_secrets_unresolved(everything: ScratchProject) -> None:
    request = steps(everything, "enrich")["enrich"]["message"]
    assert request == {
        "method": "POST",
        "url": "https://api.test/ada%40example.com",
        "headers": {"Authorization": "Bearer ${env:KEY}"},
        "json": {"who": ["⟨nickname is missing⟩", 1], "null": None},
        "timeout": 30.0,
    }
    assert "s3cr3t" not in everything.ok("workflow", "preview", "all").out


def test_calls_notices_and_prompts_are_shown_and_what_blocks_them(everything: ScratchProject) -> None:
    found = steps(everything)
    assert found["dial"]["message"]["agent"] == "sdr"
    assert found["dial"]["block"] == "agent_unknown"
    assert found["tell"]["message"]["rep"] == "grace@example.com"
    assert found["tell"]["message"]["body"] == "Example Inc. Grace Hopper"
    assert found["ask"]["message"]["instructions"] == "Judge Ada"


def test_a_real_lead_is_shown_with_what_it_would_skip(everything: ScratchProject) -> None:
    with everything.world() as world:
        create_lead(world, "L-1", {"first_name": "Bo", "email": "not an address"}, START)
    found = steps(everything, "--lead", "L-1")
    assert found["mail"]["message"]["to"] == ["not an address"]
    assert "is not an email address" in found["mail"]["problem"]
    assert found["mail"]["message"]["subject"] == "Hi Bo"
    assert (found["sms"]["skip"], found["tell"]["skip"]) == ("no_phone", "no_rep")
    shown = everything.ok("workflow", "preview", "all", "sms", "--lead", "L-1").out
    assert "to       ⟨phone_number is missing⟩" in shown
    assert "skipped  no_phone: this lead would go on without it" in shown
    assert everything.run("workflow", "preview", "all", "--lead", "L-9").code == 2


def test_the_examples_that_spara_yaml_declares_are_used_and_set_lies_over_them(everything: ScratchProject) -> None:
    everything.write("spara.yaml", "fields: {nickname: {type: string, example: Lovey}}\naccount: {zone: UTC}\n")
    assert "Lovey Lovey" in steps(everything, "mail")["mail"]["message"]["text"]
    assert "Al Al" in steps(everything, "mail", "--set", "nickname=Al")["mail"]["message"]["text"]


def test_the_example_lead_is_one_that_enters(project: ScratchProject) -> None:
    path = project.write("playbooks/drip.yaml", DRIP.replace("value: 10", "value: 4000"))
    answer = project.ok("workflow", "preview", path, "--json").answer
    assert answer["lead"]["fields"]["num_employees"] >= 4000


def test_a_marketing_email_is_shown_with_its_footer(project: ScratchProject) -> None:
    project.write("spara.yaml", 'account: {zone: UTC, name: Acme Inc., address: "1 Main St"}\n')
    project.write("playbooks/drip.yaml", DRIP)
    text = project.ok("workflow", "preview", "drip", "hello").out
    assert "Acme Inc.\n1 Main St" in text


def test_the_html_goes_to_a_file_byte_for_byte_as_in_the_answer(everything: ScratchProject) -> None:
    finished = everything.ok("workflow", "preview", "all", "mail", "--html", "out/mail.html", "--json")
    assert (everything.root / "out/mail.html").read_text("utf-8") == finished.answer["steps"][0]["message"]["html"]
    refused = everything.run("workflow", "preview", "all", "sms", "--html", "x.html")
    assert (refused.code, "here there are 0" in refused.err) == (2, True)


def test_open_hands_the_browser_a_file_in_the_state_folder(
    everything: ScratchProject, monkeypatch: pytest.MonkeyPatch
) -> None:
    opened: list[str] = []

    def open_nothing(url: str) -> bool:
        opened.append(url)
        return False

    monkeypatch.setattr(webbrowser, "open", open_nothing)
    assert "no browser could be opened" in everything.ok("workflow", "preview", "all", "--open").err
    assert opened == [(everything.root / ".spara/preview/all.email.html").as_uri()]


@pytest.mark.parametrize(
    ("words", "message"),
    [
        (["nope"], "has no step `nope`"),
        (["mial"], "did you mean `mail`?"),
        (["rest"], "`rest` is a `wait` step, which sends nothing"),
        (["--set", "first_name"], "has no `=`"),
        (["--set", "num_employees=many"], "wants an integer"),
        (["--set", "event.x=1"], "is reserved"),
        (["--lead", "L-1"], "no lead"),
        (["mail", "--html", "."], "cannot be written"),
    ],
)
def test_what_cannot_be_shown_is_refused_in_one_line(
    everything: ScratchProject, words: list[str], message: str
) -> None:
    finished = everything.run("workflow", "preview", "all", *words)
    assert (finished.code, finished.out) == (2, "")
    assert message in finished.err
    assert "Traceback" not in finished.err


def test_a_lead_inside_is_shown_with_what_it_remembers(project: ScratchProject) -> None:
    project.publish(DRIP)
    enter(project, 1)
    with project.world() as world:
        world.store.database.connection.execute("""UPDATE enrollments SET memory = '{"event": {"page": "/p"}}'""")
    text = DRIP.replace('body: "Bye"', 'body: "You saw {{ event.page }}"')
    path = project.write("playbooks/drip.yaml", text)
    assert "You saw /p" in project.ok("workflow", "preview", path, "bye", "--lead", "L-1").out
    assert "You saw ⟨event.page is missing⟩" in project.ok("workflow", "preview", path, "bye").out


def test_a_terminal_gets_the_marks_in_colour(everything: ScratchProject, monkeypatch: pytest.MonkeyPatch) -> None:
    for name in ("NO_COLOR", "FORCE_COLOR"):
        monkeypatch.delenv(name, raising=False)
    monkeypatch.setenv("TERM", "xterm")
    monkeypatch.setattr(sys.stdout, "isatty", lambda: True)
    monkeypatch.setenv("COLUMNS", "40")
    assert "\x1b[1;33m⟨nickname is missing⟩\x1b[0m" in everything.ok("workflow", "preview", "all", "mail").out
