"""The channel that needs no account: every message becomes a file (SPEC D3).

The one thing to know: a file's name is a function of its delivery key, so whether an attempt was made can be
answered from the folder alone, and the same key never writes twice.

    <folder>/email/0000/12.hello.1.1-5f0c….eml
            /text/…json  /call/…json  /api/…json  /prompt/…json  /notify-sales/…json

What is guaranteed: when `send` returns, the whole file stands under its name, also if this process is then
killed. That it survives a power cut is guaranteed once `flush` has returned; make it part of the commit that
records the results. A file that a power cut left incomplete counts as never written.
"""

from __future__ import annotations

import errno
import json
import os
import re
from collections.abc import Callable, Mapping
from dataclasses import fields
from email.parser import BytesParser
from email.policy import default as default_policy
from hashlib import blake2b
from pathlib import Path

from spara_cli.channels.mime import MailError, email_bytes, message_id_for, rendered_text
from spara_cli.errors import StoreError
from spara_cli.model.message import (
    ApiRequest,
    Call,
    DeliveryKey,
    Email,
    Message,
    Notification,
    PromptRequest,
)
from spara_cli.model.message_detail import recorded_detail, recorded_outcome
from spara_cli.model.outcome import Answer, Misconfigured, Refused, Sent
from spara_cli.model.ports import Clock

SHARD_SIZE = 1_000
"""Enrollments to a folder, so that none grows beyond what a file manager opens."""
_UNSAFE = re.compile(r"[^a-z0-9-]+")
_NO_HARD_LINKS = {errno.EPERM, errno.ENOTSUP, errno.EOPNOTSUPP, errno.EMLINK, errno.ENOSYS}

UnsubscribeUrl = Callable[[Email, DeliveryKey], str | None]


class Outbox:
    """Writes what would be sent. Safe for several threads, as long as no two send under one key."""

    def __init__(
        self,
        folder: Path,
        clock: Clock,
        *,
        sender: str = "outbox@spara.invalid",
        call_outcome: str = "no_answer",
        message_id_domain: str = "outbox.spara.invalid",
        project: str = "",
        unsubscribe_url: UnsubscribeUrl | None = None,
    ) -> None:
        self._folder = folder
        self._clock = clock
        self._sender = sender
        self._call_outcome = call_outcome
        self._domain = message_id_domain
        self._project = project
        self._unsubscribe_url = unsubscribe_url
        self._made: set[Path] = set()
        self._unflushed: list[Path] = []

    def send(self, message: Message, key: DeliveryKey) -> Answer:
        """Write the message's file, unless it is there, and answer as if it had been sent.

        A recipient that is no address is refused, a sender that is none blocks the step. Raises StoreError
        when the disk is full, the folder may not be written, and the like.
        """
        path = self._path(_folder_of(message), key, ".eml" if isinstance(message, Email) else ".json")
        detail = recorded_detail(message)
        file = path.relative_to(self._folder).as_posix()
        outcome = recorded_outcome(message, self._call_outcome)
        try:
            if isinstance(message, Email):
                message_id = message_id_for(key, self._domain, self._project)
                content = self._mail(message, key, message_id)
                answer = Sent(outcome, {**detail, "file": file, "message_id": message_id})
            else:
                answer = Sent(outcome, {**detail, "file": file})
                content = self._record(message, key, answer)
        except MailError as error:
            if error.field in ("to", "cc", "bcc"):
                return Refused("invalid-address", str(error), detail=detail)
            return Misconfigured("invalid-mail", str(error))
        try:
            self._write(path, content)
        except OSError as error:
            raise _store_error(path, error) from error
        return answer

    def reconcile(self, key: DeliveryKey) -> Answer | None:
        """What `send` answered for this key, read back from its file; None when there is no whole file.

        Raises StoreError when the folder cannot be read.
        """
        try:
            channels = sorted(self._folder.iterdir()) if self._folder.is_dir() else []
            for channel in channels:
                for suffix in (".eml", ".json"):
                    path = self._path(channel.name, key, suffix)
                    if _is_whole(path):
                        return self._read_mail(path) if suffix == ".eml" else _read_record(path)
        except OSError as error:
            raise _store_error(self._folder, error) from error
        return None

    def flush(self) -> None:
        """Return once everything written so far survives a power cut. Raises StoreError."""
        paths, self._unflushed = self._unflushed, []
        try:
            for path in paths:
                _sync(path)
            for folder in {parent for path in paths for parent in (path.parent, path.parent.parent)}:
                _sync(folder)
        except OSError as error:
            self._unflushed = paths + self._unflushed
            raise _store_error(self._folder, error) from error

    def _path(self, channel: str, key: DeliveryKey, suffix: str) -> Path:
        """Readable, and unique through the digest whatever the step is called."""
        step = _UNSAFE.sub("-", key.step.lower())[:40]
        digest = blake2b(str(key).encode(errors="replace"), digest_size=6).hexdigest()
        name = f"{key.enrollment}.{step}.{key.visit}.{key.attempt}-{digest}{suffix}"
        return self._folder / channel / f"{key.enrollment // SHARD_SIZE:04d}" / name

    def _mail(self, message: Email, key: DeliveryKey, message_id: str) -> bytes:
        url = self._unsubscribe_url(message, key) if self._unsubscribe_url is not None else None
        return email_bytes(
            message,
            message_id=message_id,
            date=self._clock.now(),
            default_sender=self._sender,
            unsubscribe_url=url,
            extra_headers={"X-Spara-Key": str(key)},
            kept=True,
        )

    def _record(self, message: Message, key: DeliveryKey, answer: Sent) -> bytes:
        """The message in full, and what reconcile answers. Secret references stand unresolved."""
        record = {
            "key": str(key),
            "at": self._clock.now().isoformat().replace("+00:00", "Z"),
            "outcome": answer.outcome,
            "detail": dict(answer.detail),
            "message": {item.name: getattr(message, item.name) for item in fields(message)},
        }
        text = json.dumps(record, ensure_ascii=False, indent=2, default=_plain)
        return text.encode(errors="replace") + b"\n"

    def _write(self, path: Path, content: bytes) -> None:
        """Write beside, then give it its name: a reader sees the whole file or none."""
        if path.parent not in self._made:
            path.parent.mkdir(parents=True, exist_ok=True)
            self._made.add(path.parent)
        if path.exists():
            if _is_whole(path):
                return
            path.unlink()
        part = path.with_name(f".{path.name}.part")
        try:
            part.write_bytes(content)
            _name(part, path)
        finally:
            part.unlink(missing_ok=True)
        self._unflushed.append(path)

    def _read_mail(self, path: Path) -> Sent:
        mail = BytesParser(policy=default_policy).parsebytes(path.read_bytes())
        found: dict[str, object] = {"channel": "email"}
        for name in ("to", "cc", "bcc"):
            if mail[name] is not None:
                found[name] = [str(address) for address in mail[name].addresses]
        found |= {"subject": str(mail["Subject"]), "body": rendered_text(mail)}
        detail = {name: value for name, value in found.items() if value}
        detail["file"] = path.relative_to(self._folder).as_posix()
        detail["message_id"] = str(mail["Message-ID"]).strip("<>")
        return Sent("sent", detail)


def _folder_of(message: Message) -> str:
    match message:
        case Email():
            return "email"
        case Call():
            return "call"
        case Notification():
            digest = blake2b(message.channel.encode(errors="replace"), digest_size=3).hexdigest()
            safe = _UNSAFE.sub("-", message.channel.lower())[:40]
            return f"notify-{safe}" if safe == message.channel else f"notify-{safe}-{digest}"
        case ApiRequest():
            return "api"
        case PromptRequest():
            return "prompt"
        case _:
            return "text"


def _name(part: Path, path: Path) -> None:
    """Rename without ever replacing; where there are no hard links, the ledger's unique key must do."""
    try:
        os.link(part, path)
    except FileExistsError:
        return
    except OSError as error:
        if error.errno not in _NO_HARD_LINKS:
            raise
        part.replace(path)


def _is_whole(path: Path) -> bool:
    """Whether the file is there with its last line, which a power cut would have taken."""
    try:
        with path.open("rb") as file:
            file.seek(0, os.SEEK_END)
            file.seek(max(file.tell() - 4, 0))
            tail = file.read()
    except FileNotFoundError:
        return False
    return tail.endswith(b"--\r\n" if path.suffix == ".eml" else b"\n}\n")


def _plain(value: object) -> object:
    return dict(value) if isinstance(value, Mapping) else str(value)


def _read_record(path: Path) -> Sent:
    try:
        record = json.loads(path.read_bytes())
        return Sent(record["outcome"], record["detail"])
    except (ValueError, LookupError, TypeError) as error:
        raise StoreError(f"{path} is no record of the outbox: somebody changed it") from error


def _sync(path: Path) -> None:
    """Wait until a file, or a folder's list of names, is on the disk."""
    handle = os.open(path, os.O_RDONLY)
    try:
        os.fsync(handle)
    finally:
        os.close(handle)


def _store_error(path: Path, error: OSError) -> StoreError:
    reason = error.strerror or type(error).__name__
    return StoreError(
        f"the outbox {path} cannot be used: {reason}",
        hint="the disk must have room and the folder must be writable",
    )
