"""What the findings mean that come from reading a file, before any rule of `RULES` looks at it.

The one thing to know: these have no class, since YAML's reader and the models find them; but a person may ask
`spara explain` about every name that stands in brackets behind a message.
"""

from __future__ import annotations

from collections.abc import Mapping

READING_RULES: Mapping[str, str] = {
    # The text
    "file-too-large": "A file has at most 1 MiB.",
    "not-utf8": "Files are UTF-8; a byte order mark is allowed. UTF-16, Latin-1 and others are refused, not guessed.",
    "binary-file": "The file holds a character that text does not have, such as NUL. It is probably no YAML.",
    "empty-file": "There is nothing in the file, or only comments.",
    "yaml-syntax": "The file is not valid YAML 1.2. The caret stands where the reader could not go on.",
    "several-documents": "A file holds one YAML document; a line of `---` begins a second one.",
    "not-a-mapping": "A file of ours is a mapping at the top: `key: value` lines.",
    "duplicate-key": "A key stands twice in one mapping. YAML forbids it, and many readers silently take the last.",
    "key-not-text": "A key is text. `{{ … }}` at the start of a value must be quoted, or YAML reads it as a mapping.",
    "alias-not-allowed": "Aliases (`*name`) are refused: a small file could blow up to gigabytes.",
    "anchor-not-allowed": "Anchors (`&name`) are refused, because aliases are.",
    "tag-not-allowed": "Tags (`!name`) are refused: values are text, numbers, true, false, null, lists and mappings.",
    "merge-key-not-allowed": "Merge keys (`<<`) are no part of YAML 1.2. Write the entries out.",
    "number-out-of-range": "A number that 64 bits cannot hold. Long digits that are text, such as ids, are quoted.",
    "too-deep": "Lists and mappings nest at most 50 levels deep.",
    "too-many-problems": "Of one file's problems only the first are shown; mend those and look again.",
    # The shape
    "unknown-key": "A key that does not belong where it stands. Mostly a slip of the pen, or one level too deep.",
    "missing-key": "A key that has to be there is not.",
    "wrong-type": "A value of another kind than its key wants: text, a number, true or false, a list, a mapping. "
    "Text that looks like a number or like `true` is quoted.",
    "invalid-value": "A value of the right kind that its key does not allow: not among its words, or out of bounds.",
    "unknown-step-type": "A step's `type` is none that spara knows. `spara explain` lists them.",
    "too-many-steps": "A workflow has at most 1,000 steps, those in branches included.",
    # Values
    "unquoted-time": "A time of day stands without quotes. Other YAML readers take 10:30 for the number 630, so it is "
    'written "10:30".',
    "invalid-time": 'A time of day is quoted text with two digits each, from "00:00" to "23:59".',
    "invalid-duration": "A duration is text with a unit: `90 minutes`, `2 hours`, `1 day 12 hours`, or ISO 8601 such "
    "as `P1DT12H`. Months and years have no fixed length and are refused.",
    "wait-out-of-range": "A `wait` lasts from 1 minute to 30 days. For longer, put one after another.",
    "invalid-day": "Days are `mon`, `tue`, `wed`, `thu`, `fri`, `sat`, `sun`, and ranges such as `mon-fri`.",
    "invalid-instant": "An instant is ISO 8601, such as 2026-03-02T09:00:00-05:00.",
    "invalid-id": "A step's id is letters, digits, `-` and `_`; `end` is reserved. A workflow's key is kebab-case.",
    "invalid-field-name": "A field has a visible name of at most 100 characters that is no system field and does not "
    "begin with `event.` or `last_call.`.",
    "invalid-url": "A URL begins with `https://` or `http://` and names a host.",
    "invalid-address": "An email address has the form `ada@example.com`, a sender also `Ada <ada@example.com>`.",
    "invalid-phone-number": "A phone number here is E.164: `+`, the country's code, the number, no blanks.",
    "invalid-path": "The `path` of an extract is a JMESPath, such as `result.score`.",
    "template-error": "The text is not Liquid as spara reads it: a tag that never closes, an unknown filter or tag.",
    "unknown-operator": "An operator that does not exist. `spara explain operators` lists them.",
    "wrong-operator-value": "The value does not have the shape that the operator compares with.",
    "duplicate-branch": "Two branches of a step have one name. The name is the outcome, so it must be the only one.",
    # Between files, and other files
    "duplicate-workflow": "Two playbooks have the same key under `workflow`. It names the workflow in the project.",
    "unused-ignore": "A `# spara: ignore[…]` comment that silences nothing. Remove it, or mend the rule's name.",
    "duplicate-test": "Two cases of a test file have one name.",
    "unknown-kind": "A kind of timeline entry that does not exist.",
    "wrong-field-type": "A value is not of its field's type, which never changes once it is set.",
    "duplicate-name": "Two entries that are told apart by their names have one name.",
    "invalid-window": "A window is ranges such as 08:00-18:00 under day keys such as mon-fri.",
    "invalid-reference": "A reference to a secret is `${env:NAME}`, `${file:PATH}`, `${keyring:service/name}` or "
    "`${cmd:…}`.",
    "invalid-network": "A network is an address and a length, such as 10.0.0.0/8.",
    "unknown-zone": "A time zone is named as in the IANA database, such as Europe/Berlin.",
    "unknown-region": "A region is a country's two letters (ISO 3166-1), such as US.",
    "unknown-calendar": "A holiday calendar is named by its country, such as US.",
    "hardcoded-secret": "A secret stands in the file as it is. Keep it elsewhere and refer to it: `${env:NAME}`.",
    "not-in-this-release": "The setting is checked, but what it is for comes with a later release.",
    "account-zone-missing": "Without `account: {zone: …}` times are those of America/New_York.",
}
