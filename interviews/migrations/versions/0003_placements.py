"""Where rooms meet: one row a room."""

import sqlalchemy as sa
from alembic import op

revision = "0003"
down_revision = "0002"
branch_labels = None
depends_on = None


def upgrade() -> None:
    op.create_table(
        "roomplacement",
        sa.Column("room", sa.String(64), nullable=False),
        sa.Column("control", sa.String(32), nullable=False),
        sa.Column("worker", sa.String(32), nullable=False),
        sa.Column("epoch", sa.Integer(), nullable=False),
        sa.PrimaryKeyConstraint("room", name=op.f("pk_roomplacement")),
    )
