"""The same tables for plain Strawberry, declared with SQLAlchemy's ORM as its documentation shows."""

from __future__ import annotations

from datetime import date, datetime  # noqa: TC003 - SQLAlchemy reads the annotations
from decimal import Decimal  # noqa: TC003 - the same
from uuid import UUID  # noqa: TC003 - the same

from sqlalchemy import ForeignKey
from sqlalchemy.orm import DeclarativeBase, Mapped, mapped_column


class Base(DeclarativeBase):
    """All tables."""


class Person(Base):
    __tablename__ = "person"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    id_number: Mapped[bytes]
    id_number_index: Mapped[bytes]
    name: Mapped[bytes | None]
    sex: Mapped[str | None]
    birth_date: Mapped[date | None]
    phone: Mapped[bytes | None]
    region: Mapped[str | None]


class Household(Base):
    __tablename__ = "household"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    size: Mapped[int | None]
    address: Mapped[bytes | None]


class HouseholdMember(Base):
    __tablename__ = "household_member"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    relationship: Mapped[str | None]


class Recipient(Base):
    __tablename__ = "recipient"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    person_id: Mapped[UUID] = mapped_column(ForeignKey("person.id"))
    household_id: Mapped[UUID | None] = mapped_column(ForeignKey("household.id"))
    category: Mapped[str]
    status: Mapped[str]
    monthly_amount: Mapped[Decimal | None]
    region: Mapped[str | None]


class MeansCheck(Base):
    __tablename__ = "means_check"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    household_id: Mapped[UUID] = mapped_column(ForeignKey("household.id"))
    outcome: Mapped[str]
    checked_at: Mapped[datetime]


class Finding(Base):
    __tablename__ = "finding"

    id: Mapped[UUID] = mapped_column(primary_key=True)
    means_check_id: Mapped[UUID | None] = mapped_column(ForeignKey("means_check.id"))
    kind: Mapped[str]
    department: Mapped[str]
    value: Mapped[bytes | None]
    amount: Mapped[bytes | None]
    observed_on: Mapped[date | None]
