-- The first schema. Instants are integers: microseconds since 1970, UTC. JSON is text.

-- One row a lead. `email` is folded for look-up; `change` grows with every change of any lead,
-- so that a sweep looks only at what it has not seen.
CREATE TABLE leads (
    id TEXT PRIMARY KEY,
    email TEXT,
    fields TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    updated_at INTEGER NOT NULL,
    last_active_at INTEGER NOT NULL,
    change INTEGER NOT NULL
);
CREATE INDEX leads_by_email ON leads (email) WHERE email IS NOT NULL;
CREATE INDEX leads_by_change ON leads (change);

-- The type each field has for ever (L2).
CREATE TABLE lead_fields (
    name TEXT PRIMARY KEY,
    type TEXT NOT NULL
);

CREATE TABLE workflows (
    key TEXT PRIMARY KEY,
    name TEXT,
    status TEXT NOT NULL CHECK (status IN ('active', 'paused', 'cancelled')),
    version INTEGER NOT NULL,
    paused_at INTEGER,
    backfill_floor INTEGER NOT NULL DEFAULT 0,
    backfill_at INTEGER,
    swept_change INTEGER NOT NULL DEFAULT 0,
    swept_at INTEGER
);

-- Immutable once written (P1).
CREATE TABLE workflow_versions (
    workflow TEXT NOT NULL REFERENCES workflows (key),
    version INTEGER NOT NULL,
    hash TEXT NOT NULL,
    definition TEXT NOT NULL,
    published_at INTEGER NOT NULL,
    published_by TEXT,
    git_commit TEXT,
    PRIMARY KEY (workflow, version)
);
CREATE TRIGGER workflow_versions_are_immutable BEFORE UPDATE ON workflow_versions
BEGIN SELECT RAISE(ABORT, 'a published version is immutable'); END;

-- One row for each time a lead entered a workflow; never deleted, so that T5 holds for ever.
CREATE TABLE enrollments (
    id INTEGER PRIMARY KEY,
    workflow TEXT NOT NULL REFERENCES workflows (key),
    lead TEXT NOT NULL REFERENCES leads (id),
    entry_key TEXT NOT NULL,
    version INTEGER NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('ready', 'waiting', 'held', 'blocked', 'awaiting', 'in_flight', 'finished')),
    step TEXT,
    visit INTEGER NOT NULL,
    due_at INTEGER,
    reason TEXT,
    attempt INTEGER NOT NULL,
    failures INTEGER NOT NULL,
    rounds INTEGER NOT NULL,
    frozen INTEGER NOT NULL,
    visits TEXT NOT NULL,
    memory TEXT NOT NULL,
    entered_at INTEGER NOT NULL,
    finished_at INTEGER,
    revision INTEGER NOT NULL,
    UNIQUE (workflow, lead, entry_key)
);
-- Only rows that can move: the cost of a claim is proportional to due work (DESIGN section 2).
CREATE INDEX enrollments_due ON enrollments (due_at) WHERE due_at IS NOT NULL AND frozen = 0;
CREATE INDEX enrollments_of_lead ON enrollments (lead);
CREATE INDEX enrollments_inside ON enrollments (workflow, id) WHERE state <> 'finished';
CREATE INDEX enrollments_blocked ON enrollments (id) WHERE state = 'blocked';

-- The attempt ledger (D1): an intent before the provider is called, its result after.
CREATE TABLE deliveries (
    id INTEGER PRIMARY KEY,
    enrollment INTEGER NOT NULL REFERENCES enrollments (id),
    step TEXT NOT NULL,
    visit INTEGER NOT NULL,
    attempt INTEGER NOT NULL,
    channel TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('intended', 'sent', 'failed', 'skipped', 'uncertain')),
    code TEXT,
    intended_at INTEGER NOT NULL,
    finished_at INTEGER,
    UNIQUE (enrollment, step, visit, attempt)
);
CREATE INDEX deliveries_open ON deliveries (state) WHERE state IN ('intended', 'uncertain');

-- Append-only. `enrollment` is null for a lead that was refused entry.
CREATE TABLE timeline (
    id INTEGER PRIMARY KEY,
    lead TEXT NOT NULL,
    enrollment INTEGER,
    workflow TEXT NOT NULL,
    version INTEGER NOT NULL,
    at INTEGER NOT NULL,
    kind TEXT NOT NULL,
    step TEXT,
    visit INTEGER NOT NULL,
    outcome TEXT,
    reason TEXT,
    until INTEGER,
    detail TEXT
);
CREATE INDEX timeline_of_lead ON timeline (lead, id);

-- The inbox: recorded once by (source, external id), in any order, before it is acted on (D5).
CREATE TABLE events (
    id INTEGER PRIMARY KEY,
    source TEXT NOT NULL,
    external_id TEXT NOT NULL,
    name TEXT NOT NULL,
    lead TEXT NOT NULL,
    data TEXT NOT NULL,
    at INTEGER NOT NULL,
    handled_at INTEGER,
    UNIQUE (source, external_id)
);
CREATE INDEX events_open ON events (id) WHERE handled_at IS NULL;

-- Who may not be reached, by channel and address (C1).
CREATE TABLE suppressions (
    channel TEXT NOT NULL CHECK (channel IN ('email', 'text', 'call')),
    address TEXT NOT NULL,
    reason TEXT NOT NULL,
    source TEXT NOT NULL,
    at INTEGER NOT NULL,
    PRIMARY KEY (channel, address)
) WITHOUT ROWID;

-- What people agreed to, by kind (`voice_ai`, …), with basis, source and evidence (C4). Append-only: the latest row
-- of a lead and kind holds. Nothing asks for it yet but a later release; a consent given today must not be lost.
CREATE TABLE consents (
    id INTEGER PRIMARY KEY,
    lead TEXT NOT NULL REFERENCES leads (id),
    kind TEXT NOT NULL,
    granted INTEGER NOT NULL CHECK (granted IN (0, 1)),
    basis TEXT NOT NULL,
    source TEXT NOT NULL,
    evidence TEXT,
    at INTEGER NOT NULL
);
CREATE INDEX consents_of_lead ON consents (lead, kind, id);
CREATE TRIGGER consents_are_append_only BEFORE UPDATE ON consents
BEGIN SELECT RAISE(ABORT, 'consents are append-only'); END;

-- The rest of the picture, for the releases that send live and answer over HTTP: outgoing web hooks (A3), API keys
-- (hashed, A1) and the token buckets that all processes share (D4).
CREATE TABLE webhook_deliveries (
    id INTEGER PRIMARY KEY,
    url TEXT NOT NULL,
    event TEXT NOT NULL,
    body TEXT NOT NULL,
    state TEXT NOT NULL CHECK (state IN ('due', 'sent', 'failed')),
    attempt INTEGER NOT NULL,
    due_at INTEGER,
    created_at INTEGER NOT NULL,
    finished_at INTEGER
);
CREATE INDEX webhook_deliveries_due ON webhook_deliveries (due_at) WHERE state = 'due';
CREATE TABLE api_keys (
    id TEXT PRIMARY KEY,
    hash TEXT NOT NULL UNIQUE,
    scope TEXT NOT NULL,
    created_at INTEGER NOT NULL,
    last_used_at INTEGER,
    revoked_at INTEGER
);
CREATE TABLE rate_buckets (
    name TEXT PRIMARY KEY,
    tokens REAL NOT NULL,
    filled_at INTEGER NOT NULL
) WITHOUT ROWID;

-- What a funnel counts by step; kept as we go, so that no question walks the history.
CREATE TABLE step_counts (
    workflow TEXT NOT NULL,
    step TEXT NOT NULL,
    what TEXT NOT NULL,
    n INTEGER NOT NULL,
    PRIMARY KEY (workflow, step, what)
) WITHOUT ROWID;

-- Who is at work on this store: one holder at a time; `token` fences whoever held it before.
CREATE TABLE daemons (
    name TEXT PRIMARY KEY,
    token INTEGER NOT NULL,
    pid INTEGER,
    host TEXT,
    expires_at INTEGER NOT NULL
);

-- Numbers that belong to the whole store, such as the last `change`.
CREATE TABLE counters (
    name TEXT PRIMARY KEY,
    value INTEGER NOT NULL
) WITHOUT ROWID;
INSERT INTO counters VALUES ('change', 0);
