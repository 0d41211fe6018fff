"""Slots, bookings, the outbox, and the guard that lets nobody be in two places at once."""

import sqlalchemy as sa
from alembic import op

from interviews.database import OVERLAP, UtcDateTime

revision = "0002"
down_revision = "0001"
branch_labels = None
depends_on = None


def upgrade() -> None:
    _outbox()
    _slot()
    _booking()
    _slotinterviewer()
    _attendee()
    _occupancy()
    if op.get_bind().dialect.name == "sqlite":
        _guard_by_triggers()
    else:
        _guard_by_exclusion()


def _outbox() -> None:
    op.create_table(
        "outbox",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("dedupe_key", sa.String(120), nullable=False),
        sa.Column("kind", sa.String(20), nullable=False),
        sa.Column("recipient_id", sa.Integer(), nullable=False),
        sa.Column("payload", sa.JSON(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("due_at", UtcDateTime(), nullable=False),
        sa.Column("attempts", sa.Integer(), nullable=False),
        sa.Column("claimed_until", UtcDateTime(), nullable=True),
        sa.Column("sent_at", UtcDateTime(), nullable=True),
        sa.Column("skipped", sa.Boolean(), nullable=False),
        sa.Column("failed_at", UtcDateTime(), nullable=True),
        sa.Column("last_error", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["recipient_id"], ["person.id"], name=op.f("fk_outbox_recipient_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_outbox")),
        sa.UniqueConstraint("dedupe_key", name=op.f("uq_outbox_dedupe_key")),
    )
    op.create_index(
        "ix_outbox_due",
        "outbox",
        ["due_at"],
        unique=False,
        sqlite_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
        postgresql_where=sa.text("sent_at IS NULL AND failed_at IS NULL"),
    )
    op.create_index(op.f("ix_outbox_recipient_id"), "outbox", ["recipient_id"], unique=False)


def _slot() -> None:
    op.create_table(
        "slot",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("local_start", sa.String(19), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("buffer_before", sa.Interval(), nullable=False),
        sa.Column("buffer_after", sa.Interval(), nullable=False),
        sa.Column("capacity", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("published_by", sa.Integer(), nullable=False),
        sa.Column("published_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_slot_job_id_job")),
        sa.ForeignKeyConstraint(
            ["published_by"], ["person.id"], name=op.f("fk_slot_published_by_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_slot")),
    )
    op.create_index("ix_slot_job_starts", "slot", ["job_id", "starts_at"], unique=False)


def _booking() -> None:
    op.create_table(
        "booking",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("seat", sa.Integer(), nullable=False),
        sa.Column("graduate_id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=True),
        sa.Column("uid", sa.String(36), nullable=False),
        sa.Column("sequence", sa.Integer(), nullable=False),
        sa.Column("token", sa.String(32), nullable=False),
        sa.Column("moves", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("confirmed_at", UtcDateTime(), nullable=True),
        sa.Column("changed_at", UtcDateTime(), nullable=False),
        sa.Column("cancelled_by", sa.Integer(), nullable=True),
        sa.Column("cancel_reason", sa.String(500), nullable=False),
        sa.ForeignKeyConstraint(
            ["cancelled_by"], ["person.id"], name=op.f("fk_booking_cancelled_by_person")
        ),
        sa.ForeignKeyConstraint(
            ["graduate_id"], ["person.id"], name=op.f("fk_booking_graduate_id_person")
        ),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_booking_job_id_job")),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_booking_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_booking")),
        sa.UniqueConstraint("token", name=op.f("uq_booking_token")),
        sa.UniqueConstraint("uid", name=op.f("uq_booking_uid")),
    )
    op.create_index(op.f("ix_booking_graduate_id"), "booking", ["graduate_id"], unique=False)
    op.create_index(op.f("ix_booking_job_id"), "booking", ["job_id"], unique=False)
    op.create_index(op.f("ix_booking_slot_id"), "booking", ["slot_id"], unique=False)
    op.create_index(
        "uq_booking_live_seat",
        "booking",
        ["slot_id", "seat"],
        unique=True,
        sqlite_where=sa.text("state IN ('held', 'confirmed')"),
        postgresql_where=sa.text("state IN ('held', 'confirmed')"),
    )
    op.create_index(
        "uq_booking_one_hold",
        "booking",
        ["graduate_id"],
        unique=True,
        sqlite_where=sa.text("state = 'held'"),
        postgresql_where=sa.text("state = 'held'"),
    )
    op.create_index(
        "uq_booking_one_per_job",
        "booking",
        ["graduate_id", "job_id"],
        unique=True,
        sqlite_where=sa.text("state IN ('held', 'confirmed')"),
        postgresql_where=sa.text("state IN ('held', 'confirmed')"),
    )


def _slotinterviewer() -> None:
    op.create_table(
        "slotinterviewer",
        sa.Column("slot_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_slotinterviewer_person_id_person")
        ),
        sa.ForeignKeyConstraint(
            ["slot_id"], ["slot.id"], name=op.f("fk_slotinterviewer_slot_id_slot")
        ),
        sa.PrimaryKeyConstraint("slot_id", "person_id", name=op.f("pk_slotinterviewer")),
    )
    op.create_index(
        op.f("ix_slotinterviewer_person_id"), "slotinterviewer", ["person_id"], unique=False
    )


def _attendee() -> None:
    op.create_table(
        "attendee",
        sa.Column("booking_id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("part", sa.String(20), nullable=False),
        sa.Column("partstat", sa.String(20), nullable=False),
        sa.Column("answered_at", UtcDateTime(), nullable=True),
        sa.Column("last_sent_sequence", sa.Integer(), nullable=True),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_attendee_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_attendee_person_id_person")
        ),
        sa.PrimaryKeyConstraint("booking_id", "person_id", name=op.f("pk_attendee")),
    )
    op.create_index(op.f("ix_attendee_person_id"), "attendee", ["person_id"], unique=False)


def _occupancy() -> None:
    op.create_table(
        "occupancy",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("resource", sa.String(40), nullable=False),
        sa.Column("starts_at", UtcDateTime(), nullable=False),
        sa.Column("ends_at", UtcDateTime(), nullable=False),
        sa.Column("slot_id", sa.Integer(), nullable=True),
        sa.Column("booking_id", sa.Integer(), nullable=True),
        sa.CheckConstraint(
            "(slot_id IS NULL) <> (booking_id IS NULL)", name=op.f("ck_occupancy_one_owner")
        ),
        sa.CheckConstraint("starts_at < ends_at", name=op.f("ck_occupancy_range")),
        sa.ForeignKeyConstraint(
            ["booking_id"], ["booking.id"], name=op.f("fk_occupancy_booking_id_booking")
        ),
        sa.ForeignKeyConstraint(["slot_id"], ["slot.id"], name=op.f("fk_occupancy_slot_id_slot")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_occupancy")),
    )
    op.create_index(op.f("ix_occupancy_booking_id"), "occupancy", ["booking_id"], unique=False)
    op.create_index(
        "ix_occupancy_resource_starts", "occupancy", ["resource", "starts_at"], unique=False
    )
    op.create_index(op.f("ix_occupancy_slot_id"), "occupancy", ["slot_id"], unique=False)


def _guard_by_exclusion() -> None:
    """PostgreSQL refuses the overlap by an exclusion constraint (btree_gist is trusted)."""
    op.execute("CREATE EXTENSION IF NOT EXISTS btree_gist")
    op.execute(
        f"ALTER TABLE occupancy ADD CONSTRAINT {OVERLAP} EXCLUDE USING gist "
        "(resource WITH =, tstzrange(starts_at, ends_at) WITH &&)"
    )


def _guard_by_triggers() -> None:
    """SQLite refuses it by a trigger before every insert and update."""
    for verb in ("INSERT", "UPDATE"):
        other = "" if verb == "INSERT" else "AND id <> OLD.id"
        op.execute(
            f"CREATE TRIGGER {OVERLAP}_{verb.lower()} BEFORE {verb} ON occupancy "
            "WHEN EXISTS (SELECT 1 FROM occupancy WHERE resource = NEW.resource "
            f"AND starts_at < NEW.ends_at AND ends_at > NEW.starts_at {other}) "
            f"BEGIN SELECT RAISE(ABORT, '{OVERLAP}'); END"
        )
