"""SPEC D3, D2: the outbox writes each attempt once, and says afterwards what it wrote."""

from __future__ import annotations

import errno
import json
from dataclasses import replace
from datetime import UTC, datetime
from pathlib import Path
from types import MappingProxyType

import pytest

from spara_cli.channels.counting import CountingChannel
from spara_cli.channels.outbox import Outbox
from spara_cli.errors import StoreError
from spara_cli.model.message import ApiRequest, Call, DeliveryKey, Email, Message, Notification, PromptRequest, Text
from spara_cli.model.outcome import Misconfigured, Refused, Sent
from spara_cli.model.ports import Channel

KEY = DeliveryKey(12, "hello", 1, 1)
EMAIL = Email(
    to=("Ada <ada@example.com>",),
    bcc=("rep@acme.test",),
    subject="Hi Ada 🎉",
    text="Hi\n\n-- \nAda  \n",
    markdown="Hi",
    account_name="Acme Inc.",
)
MESSAGES: list[tuple[Message, str, str, dict[str, object]]] = [
    (
        EMAIL,
        "email",
        "sent",
        {
            "channel": "email",
            "to": ["Ada <ada@example.com>"],
            "bcc": ["rep@acme.test"],
            "subject": "Hi Ada 🎉",
            "body": "Hi\n\n-- \nAda  \n",
        },
    ),
    (
        Text("+12125550100", " Hi ’ "),
        "text",
        "sent",
        {"channel": "text", "to": "+12125550100", "body": " Hi ’ ", "segments": 1, "encoding": "UCS-2"},
    ),
    (
        Call("+12125550100", "sdr"),
        "call",
        "no_answer",
        {"channel": "call", "to": "+12125550100", "agent": "sdr", "mode": "live"},
    ),
    (
        Call("+12125550100", "sdr", mode="qa"),
        "call",
        "answered",
        {"channel": "call", "to": "+12125550100", "agent": "sdr", "mode": "qa"},
    ),
    (
        Notification("sales", "team", "", "Hot"),
        "notify-sales",
        "sent",
        {"channel": "sales", "to": "team", "body": "Hot"},
    ),
    (
        Notification("Sales/../x", "rep", "T", "Hot", rep="rep@acme.test"),
        "notify-sales-x-",
        "sent",
        {"channel": "Sales/../x", "to": "rep", "rep": "rep@acme.test", "title": "T", "body": "Hot"},
    ),
    (
        ApiRequest("POST", "https://x.test/?k=${env:KEY}", MappingProxyType({"A": "${env:KEY}"}), {"a": [1]}),
        "api",
        "success",
        {"method": "POST", "url": "https://x.test/?k=${env:KEY}", "recorded": True},
    ),
    (PromptRequest(None, "Say hi"), "prompt", "success", {"instructions": "Say hi", "recorded": True}),
]


class FixedClock:
    """Always the same afternoon."""

    def now(self) -> datetime:
        return datetime(2026, 3, 2, 14, 30, tzinfo=UTC)


def outbox(folder: Path, **options: str) -> Outbox:
    return Outbox(folder, FixedClock(), **options)  # type: ignore[arg-type]


def files(folder: Path) -> list[Path]:
    return sorted(path for path in folder.rglob("*") if path.is_file())


@pytest.mark.parametrize(("message", "folder", "outcome", "detail"), MESSAGES)
def test_every_message_becomes_one_file_and_is_found_again_by_its_key(
    tmp_path: Path, message: Message, folder: str, outcome: str, detail: dict[str, object]
) -> None:
    channel: Channel = outbox(tmp_path)
    assert channel.reconcile(KEY) is None
    answer = channel.send(message, KEY)
    assert isinstance(answer, Sent)
    assert answer.outcome == outcome
    kept = dict(answer.detail)
    [file] = files(tmp_path)
    assert kept.pop("file") == file.relative_to(tmp_path).as_posix()
    assert file.parent.parent.name.startswith(folder)
    assert bool(kept.pop("message_id", None)) == isinstance(message, Email)
    assert kept == detail
    assert json.loads(json.dumps(answer.detail)) == answer.detail
    assert outbox(tmp_path).reconcile(KEY) == answer


@pytest.mark.parametrize("message", [row[0] for row in MESSAGES])
def test_sending_again_under_the_same_key_answers_the_same_and_writes_nothing(tmp_path: Path, message: Message) -> None:
    answer = outbox(tmp_path).send(message, KEY)
    [file] = files(tmp_path)
    before = (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino)
    assert outbox(tmp_path).send(message, KEY) == answer
    assert files(tmp_path) == [file]
    assert (file.read_bytes(), file.stat().st_mtime_ns, file.stat().st_ino) == before


@pytest.mark.parametrize("step", ["../../etc/passwd", "a/b\\c\0", "Ünï", "x" * 500, "Hello", "hello", "he.llo", ""])
def test_a_step_with_any_name_stays_in_the_folder_and_has_its_own_file(tmp_path: Path, step: str) -> None:
    box = outbox(tmp_path / "box")
    keys = [replace(KEY, step=step), replace(KEY, step=step + "-"), replace(KEY, step=step, visit=2)]
    for key in keys:
        box.send(Text("+12125550100", str(key.visit)), key)
    assert len(files(tmp_path / "box")) == 3
    assert files(tmp_path) == files(tmp_path / "box")
    assert all(box.reconcile(key) is not None for key in keys)
    assert box.reconcile(replace(KEY, step=step, attempt=2)) is None


def test_the_json_file_holds_the_whole_message_with_secrets_unresolved(tmp_path: Path) -> None:
    outbox(tmp_path).send(MESSAGES[6][0], KEY)
    record = json.loads(files(tmp_path)[0].read_text(encoding="utf-8"))
    assert (record["key"], record["at"]) == ("12.hello.1.1", "2026-03-02T14:30:00Z")
    assert record["message"]["headers"] == {"A": "${env:KEY}"}
    assert record["message"]["json"] == {"a": [1]}


def test_a_call_ends_as_the_setting_says(tmp_path: Path) -> None:
    box = outbox(tmp_path, call_outcome="voicemail")
    assert box.send(Call("+12125550100", "sdr"), KEY) == box.reconcile(KEY)
    assert box.reconcile(KEY).outcome == "voicemail"  # type: ignore[union-attr]


def test_the_mail_carries_the_unsubscribe_link_it_is_given_and_reconcile_drops_the_footer(tmp_path: Path) -> None:
    box = Outbox(tmp_path, FixedClock(), unsubscribe_url=lambda mail, key: f"https://acme.test/u/{key.enrollment}")
    answer = box.send(EMAIL, KEY)
    content = files(tmp_path)[0].read_bytes()
    assert b"List-Unsubscribe: <https://acme.test/u/12>\r\n" in content
    assert b"X-Spara-Key: 12.hello.1.1\r\n" in content
    assert box.reconcile(KEY) == answer


@pytest.mark.parametrize("text", ["**Hi** [a](https://x.test)\n\n-- \nAda\n", "a\r\nb\rc  ", "", "你好\n", "\n\n"])
def test_reconcile_has_the_body_as_it_was_rendered_not_as_it_was_sent(tmp_path: Path, text: str) -> None:
    box = Outbox(tmp_path, FixedClock(), unsubscribe_url=lambda *_: "https://acme.test/u")
    answer = box.send(replace(EMAIL, text=text, markdown=text), KEY)
    assert isinstance(answer, Sent)
    assert answer.detail.get("body", "") == text
    assert box.reconcile(KEY) == answer


def test_a_recipient_that_is_no_address_is_refused_and_a_sender_that_is_none_blocks(tmp_path: Path) -> None:
    refused = outbox(tmp_path).send(replace(EMAIL, to=("ada",)), KEY)
    assert isinstance(refused, Refused)
    assert (refused.code, refused.bounce) == ("invalid-address", False)
    assert isinstance(outbox(tmp_path).send(replace(EMAIL, sender="nobody"), KEY), Misconfigured)
    assert files(tmp_path) == []


@pytest.mark.parametrize("message", [EMAIL, Text("+12125550100", "Hi")])
def test_a_file_cut_off_by_a_power_cut_counts_as_never_written_and_is_written_again(
    tmp_path: Path, message: Message
) -> None:
    box = outbox(tmp_path)
    answer = box.send(message, KEY)
    [file] = files(tmp_path)
    whole = file.read_bytes()
    for torn in (b"", whole[: len(whole) // 2], b"\0" * len(whole)):
        file.write_bytes(torn)
        assert box.reconcile(KEY) is None
        assert box.send(message, KEY) == answer
        assert file.read_bytes() == whole


def test_a_record_that_somebody_changed_is_a_store_error(tmp_path: Path) -> None:
    outbox(tmp_path).send(Text("+12125550100", "Hi"), KEY)
    for content in ("[\n}\n", "{\n}\n"):
        files(tmp_path)[0].write_text(content, encoding="utf-8")
        with pytest.raises(StoreError, match="no record of the outbox"):
            outbox(tmp_path).reconcile(KEY)


@pytest.mark.parametrize("number", [errno.ENOSPC, errno.EACCES, errno.EROFS, errno.EIO])
def test_a_machine_that_fails_us_is_a_store_error_and_leaves_no_half_file(
    tmp_path: Path, monkeypatch: pytest.MonkeyPatch, number: int
) -> None:
    def fail(*_: object, **__: object) -> None:
        raise OSError(number, "no")

    box = outbox(tmp_path)
    for broken in ("pathlib.Path.write_bytes", "os.link", "pathlib.Path.mkdir"):
        with monkeypatch.context() as patch, pytest.raises(StoreError, match="cannot be used") as caught:
            patch.setattr(broken, fail)
            outbox(tmp_path).send(EMAIL, KEY)
        assert caught.value.hint
        assert files(tmp_path) == []
    with monkeypatch.context() as patch, pytest.raises(StoreError):
        box.send(EMAIL, KEY)
        patch.setattr("os.fsync", fail)
        box.flush()
    box.flush()


def test_a_folder_without_hard_links_works_too(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    def no_links(*_: object) -> None:
        raise OSError(errno.EPERM, "no links here")

    monkeypatch.setattr("os.link", no_links)
    box = outbox(tmp_path)
    assert box.send(EMAIL, KEY) == box.reconcile(KEY)
    assert len(files(tmp_path)) == 1


def test_flush_asks_the_disk_once_for_every_file(tmp_path: Path, monkeypatch: pytest.MonkeyPatch) -> None:
    asked: list[int] = []
    monkeypatch.setattr("os.fsync", asked.append)
    box = outbox(tmp_path)
    for number in range(5):
        box.send(Text("+12125550100", "Hi"), replace(KEY, enrollment=number))
    assert asked == []
    box.flush()
    assert len(asked) == 5 + 2  # the files, their shard and their channel's folder
    box.flush()
    assert len(asked) == 7


def test_the_counting_channel_counts_and_keeps_nothing() -> None:
    channel = CountingChannel()
    sink: Channel = channel
    assert [sink.send(message, KEY) for message, *_ in MESSAGES[:3]] == [Sent("sent"), Sent("sent"), Sent("no_answer")]
    assert channel.sent == 3
    assert sink.reconcile(KEY) is None
