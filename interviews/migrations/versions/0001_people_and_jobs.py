"""People, firms and jobs."""

import sqlalchemy as sa
from alembic import op

from interviews.database import UtcDateTime

revision = "0001"
down_revision = None
branch_labels = None
depends_on = None


def upgrade() -> None:
    _campaign()
    _firm()
    _person()
    _school()
    _account()
    _campaignphase()
    _consent()
    _graduate()
    _job()
    _mailedlink()
    _recruiter()
    _signinsession()
    _jobreview()


def _campaign() -> None:
    op.create_table(
        "campaign",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("slug", sa.String(40), nullable=False),
        sa.Column("name_zh", sa.String(100), nullable=False),
        sa.Column("name_en", sa.String(150), nullable=False),
        sa.Column("slogan_zh", sa.String(200), nullable=False),
        sa.Column("slogan_en", sa.String(200), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("notice_minutes", sa.Integer(), nullable=False),
        sa.Column("moves_allowed", sa.Integer(), nullable=False),
        sa.Column("move_until_hours", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaign")),
        sa.UniqueConstraint("slug", name=op.f("uq_campaign_slug")),
    )


def _firm() -> None:
    op.create_table(
        "firm",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("uscc", sa.String(18), nullable=False),
        sa.Column("slug", sa.String(60), nullable=False),
        sa.Column("legal_name_zh", sa.String(120), nullable=False),
        sa.Column("display_name_zh", sa.String(60), nullable=False),
        sa.Column("display_name_en", sa.String(120), nullable=False),
        sa.Column("region_code", sa.String(6), nullable=False),
        sa.Column("region_name", sa.String(60), nullable=False),
        sa.Column("city_name", sa.String(60), nullable=False),
        sa.Column("industry_section", sa.String(1), nullable=False),
        sa.Column("tier", sa.String(20), nullable=False),
        sa.Column("tier_valid_until", sa.Date(), nullable=True),
        sa.Column("intro_zh", sa.String(1000), nullable=False),
        sa.Column("intro_en", sa.String(2000), nullable=False),
        sa.Column("website", sa.String(200), nullable=False),
        sa.Column("verified_at", UtcDateTime(), nullable=True),
        sa.Column("recheck_due_on", sa.Date(), nullable=True),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_firm")),
        sa.UniqueConstraint("slug", name=op.f("uq_firm_slug")),
        sa.UniqueConstraint("uscc", name=op.f("uq_firm_uscc")),
    )


def _person() -> None:
    op.create_table(
        "person",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("email", sa.String(254), nullable=False),
        sa.Column("name", sa.String(100), nullable=False),
        sa.Column("name_latin", sa.String(100), nullable=False),
        sa.Column("locale", sa.String(10), nullable=False),
        sa.Column("zone", sa.String(64), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_person")),
        sa.UniqueConstraint("email", name=op.f("uq_person_email")),
    )


def _school() -> None:
    op.create_table(
        "school",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(100), nullable=False),
        sa.Column("name_en", sa.String(150), nullable=False),
        sa.Column("city_name", sa.String(60), nullable=False),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_school")),
        sa.UniqueConstraint("name_zh", name=op.f("uq_school_name_zh")),
    )


def _account() -> None:
    op.create_table(
        "account",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("role", sa.String(20), nullable=False),
        sa.Column("password_hash", sa.String(200), nullable=True),
        sa.Column("email_verified_at", UtcDateTime(), nullable=True),
        sa.Column("disabled_at", UtcDateTime(), nullable=True),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_account_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_account")),
    )


def _campaignphase() -> None:
    op.create_table(
        "campaignphase",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("campaign_id", sa.Integer(), nullable=False),
        sa.Column("seq", sa.Integer(), nullable=False),
        sa.Column("name_zh", sa.String(100), nullable=False),
        sa.Column("name_en", sa.String(100), nullable=False),
        sa.Column("starts_on", sa.Date(), nullable=False),
        sa.Column("ends_on", sa.Date(), nullable=False),
        sa.Column("onsite_allowed", sa.Boolean(), nullable=False),
        sa.ForeignKeyConstraint(
            ["campaign_id"], ["campaign.id"], name=op.f("fk_campaignphase_campaign_id_campaign")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_campaignphase")),
        sa.UniqueConstraint("campaign_id", "seq", name=op.f("uq_campaignphase_campaign_id_seq")),
    )


def _consent() -> None:
    op.create_table(
        "consent",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("purpose", sa.String(40), nullable=False),
        sa.Column("recipient", sa.String(60), nullable=False),
        sa.Column("text_version", sa.String(20), nullable=False),
        sa.Column("channel", sa.String(20), nullable=False),
        sa.Column("given_at", UtcDateTime(), nullable=False),
        sa.Column("withdrawn_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_consent_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_consent")),
    )
    op.create_index(op.f("ix_consent_person_id"), "consent", ["person_id"], unique=False)


def _graduate() -> None:
    op.create_table(
        "graduate",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("school", sa.String(100), nullable=False),
        sa.Column("level", sa.String(20), nullable=False),
        sa.Column("major_name", sa.String(100), nullable=False),
        sa.Column("major_category", sa.String(2), nullable=False),
        sa.Column("graduation_month", sa.String(7), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_graduate_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_graduate")),
    )


def _job() -> None:
    op.create_table(
        "job",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("title_zh", sa.String(80), nullable=False),
        sa.Column("title_en", sa.String(120), nullable=False),
        sa.Column("employment_type", sa.String(20), nullable=False),
        sa.Column("headcount", sa.Integer(), nullable=False),
        sa.Column("city_code", sa.String(6), nullable=False),
        sa.Column("city_name", sa.String(60), nullable=False),
        sa.Column("level_min", sa.String(20), nullable=False),
        sa.Column("major_categories", sa.JSON(), nullable=False),
        sa.Column("pay_min", sa.Integer(), nullable=False),
        sa.Column("pay_max", sa.Integer(), nullable=False),
        sa.Column("pay_unit", sa.String(10), nullable=False),
        sa.Column("months_per_year", sa.Integer(), nullable=False),
        sa.Column("duties_zh", sa.String(4000), nullable=False),
        sa.Column("duties_en", sa.String(4000), nullable=False),
        sa.Column("requirements_zh", sa.String(4000), nullable=False),
        sa.Column("requirements_en", sa.String(4000), nullable=False),
        sa.Column("state", sa.String(20), nullable=False),
        sa.Column("submitted_at", UtcDateTime(), nullable=True),
        sa.Column("posted_at", UtcDateTime(), nullable=False),
        sa.Column("valid_through", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_job_firm_id_firm")),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_job")),
    )
    op.create_index(op.f("ix_job_firm_id"), "job", ["firm_id"], unique=False)
    op.create_index(op.f("ix_job_state"), "job", ["state"], unique=False)


def _mailedlink() -> None:
    op.create_table(
        "mailedlink",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("purpose", sa.String(20), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.Column("used_at", UtcDateTime(), nullable=True),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_mailedlink_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_mailedlink")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_mailedlink_token_hash")),
    )
    op.create_index(op.f("ix_mailedlink_person_id"), "mailedlink", ["person_id"], unique=False)


def _recruiter() -> None:
    op.create_table(
        "recruiter",
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("firm_id", sa.Integer(), nullable=False),
        sa.Column("post", sa.String(60), nullable=False),
        sa.ForeignKeyConstraint(["firm_id"], ["firm.id"], name=op.f("fk_recruiter_firm_id_firm")),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_recruiter_person_id_person")
        ),
        sa.PrimaryKeyConstraint("person_id", name=op.f("pk_recruiter")),
    )
    op.create_index(op.f("ix_recruiter_firm_id"), "recruiter", ["firm_id"], unique=False)


def _signinsession() -> None:
    op.create_table(
        "signinsession",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("token_hash", sa.String(64), nullable=False),
        sa.Column("person_id", sa.Integer(), nullable=False),
        sa.Column("agent", sa.String(200), nullable=False),
        sa.Column("created_at", UtcDateTime(), nullable=False),
        sa.Column("last_seen_at", UtcDateTime(), nullable=False),
        sa.Column("expires_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(
            ["person_id"], ["person.id"], name=op.f("fk_signinsession_person_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_signinsession")),
        sa.UniqueConstraint("token_hash", name=op.f("uq_signinsession_token_hash")),
    )
    op.create_index(
        op.f("ix_signinsession_person_id"), "signinsession", ["person_id"], unique=False
    )


def _jobreview() -> None:
    op.create_table(
        "jobreview",
        sa.Column("id", sa.Integer(), nullable=False),
        sa.Column("job_id", sa.Integer(), nullable=False),
        sa.Column("reviewer_id", sa.Integer(), nullable=False),
        sa.Column("decision", sa.String(20), nullable=False),
        sa.Column("reason", sa.String(500), nullable=False),
        sa.Column("decided_at", UtcDateTime(), nullable=False),
        sa.ForeignKeyConstraint(["job_id"], ["job.id"], name=op.f("fk_jobreview_job_id_job")),
        sa.ForeignKeyConstraint(
            ["reviewer_id"], ["person.id"], name=op.f("fk_jobreview_reviewer_id_person")
        ),
        sa.PrimaryKeyConstraint("id", name=op.f("pk_jobreview")),
    )
    op.create_index(op.f("ix_jobreview_job_id"), "jobreview", ["job_id"], unique=False)
