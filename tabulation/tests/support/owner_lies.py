"""What the owner of the database alters past every rule, so that it can be put back as it was."""

import json
from collections.abc import Callable, Iterable
from dataclasses import dataclass
from typing import Any

from django.apps import apps
from django.db import connection, models

from tabulation.models import Entry, Event, Protocol, SealQueue

#: Another value of a column, by its kind.
OTHER = {
    "CharField": "'x' || substr({0}, 2)",
    "TextField": "{0} || 'x'",
    "BinaryField": "substr({0}, 2) || substr({0}, 1, 1)",
    "DateTimeField": "{0} + interval '1 hour'",
    "JSONField": "jsonb_set({0}::jsonb, '{{x}}', '1')",
    "ArrayField": "{0}[2:] || {0}[1] + 1",
    "BooleanField": "NOT {0}",
    "PositiveIntegerField": "{0} + 1",
    "PositiveSmallIntegerField": "{0} + 1",
    "PositiveBigIntegerField": "{0} + 1",
    "DecimalField": "{0} + 1",
}
#: A vote moved from the first candidate to the second: every relation holds as before.
MOVED = "{0}[1:3] || ARRAY[{0}[4] - 1, {0}[5] + 1] || {0}[6:]"
#: Another value that could be true.
LIKELY = {
    **dict.fromkeys(("protocol.figures", "entry.figures", "publishedfigures.figures"), MOVED),
    "protocol.status": "CASE {0} WHEN 'accepted' THEN 'annulled' ELSE 'accepted' END",
    "publishedfigures.status": "CASE {0} WHEN 'counted' THEN 'annulled' ELSE 'counted' END",
    "user.role": "CASE {0} WHEN 'member' THEN 'clerk' ELSE 'member' END",
}


@dataclass(frozen=True)
class Part:
    """One row that is not what it was. ``columns`` were altered; none: it was removed."""

    model: type[models.Model]
    row: str
    columns: tuple[str, ...] = ()

    def put_back(self) -> None:
        meta = self.model._meta
        was = f"jsonb_populate_record(NULL::{meta.db_table}, %s::jsonb) was"
        if self.columns:
            changed = ", ".join(f'"{column}" = was."{column}"' for column in self.columns)
            key = meta.pk.column
            past_the_rules(
                self.model,
                f"UPDATE {meta.db_table} t SET {changed} FROM {was} WHERE t.{key} = was.{key}",
                self.row,
            )
        else:
            names = ", ".join(f'"{field.column}"' for field in meta.concrete_fields)
            past_the_rules(
                self.model, f"INSERT INTO {meta.db_table} ({names}) SELECT {names} FROM {was}",
                self.row,
            )  # fmt: skip


@dataclass(frozen=True)
class Lie:
    """Rows altered together, by the name of what was done."""

    name: str
    parts: tuple[Part, ...]

    def put_back(self) -> None:
        for part in reversed(self.parts):
            part.put_back()


def past_the_rules(model: type[models.Model], statement: str, *values: object) -> int:
    """Done with the triggers of the table off; how many rows it reached."""
    table = model._meta.db_table
    with connection.cursor() as cursor:
        cursor.execute("SET CONSTRAINTS ALL IMMEDIATE")
        cursor.execute(f"ALTER TABLE {table} DISABLE TRIGGER USER")
        cursor.execute(statement, values or None)
        reached = int(cursor.rowcount)
        cursor.execute(f"ALTER TABLE {table} ENABLE TRIGGER USER")
        cursor.execute("SET CONSTRAINTS ALL DEFERRED")
    return reached


def row_of(model: type[models.Model], key: object) -> str:
    meta = model._meta
    with connection.cursor() as cursor:
        cursor.execute(
            f"SELECT to_jsonb(t)::text FROM {meta.db_table} t WHERE {meta.pk.column} = %s", [key]
        )
        return str(cursor.fetchone()[0])


def alter(model: type[models.Model], key: object, columns: dict[str, str]) -> Part | None:
    """One row with other values, as SQL by column; ``None``: they are no other values."""
    was = row_of(model, key)
    table, pk = model._meta.db_table, model._meta.pk.column
    changes = ", ".join(f'"{name}" = {value}' for name, value in columns.items())
    past_the_rules(model, f"UPDATE {table} SET {changes} WHERE {pk} = %s", key)
    return Part(model, was, tuple(columns)) if row_of(model, key) != was else None


def remove(model: type[models.Model], key: object) -> Part:
    was = row_of(model, key)
    past_the_rules(
        model, f"DELETE FROM {model._meta.db_table} WHERE {model._meta.pk.column} = %s", key
    )
    return Part(model, was)


def model_of(name: str) -> type[models.Model]:
    return apps.get_model("tabulation", name)


def column_lie(name: str, which: int) -> Lie | None:
    """``name`` is a table and a column; ``which`` of the rows that have a value there."""
    table, column = name.split(".")
    model = model_of(table)
    field = next(one for one in model._meta.concrete_fields if one.column == column)
    key = chosen(model._default_manager.exclude(**{field.name: None}), which)
    value = LIKELY.get(name) or OTHER[field.get_internal_type()]
    part = alter(model, key, {column: value.format(f'"{column}"')}) if key is not None else None
    return Lie(name, (part,)) if part else None


def removal(name: str, which: int) -> Lie | None:
    key = chosen(model_of(name)._default_manager.all(), which)
    return Lie(f"{name} removed", (remove(model_of(name), key),)) if key is not None else None


def chosen(rows: "models.QuerySet[Any]", which: int) -> object:
    """The key of one of ``rows``, from the newest back; ``None``: there is none."""
    keys = list(rows.order_by("-pk").values_list("pk", flat=True))
    return keys[which % len(keys)] if keys else None


def sealed_acceptances() -> "models.QuerySet[Event]":
    """What was not sealed yet its owner can still rewrite, and make a new hash of."""
    waiting = SealQueue.objects.values("event_id")
    return Event.objects.filter(act="accepted").exclude(pk__in=waiting)


def rewrite_acceptance(which: int, *, chain: bool) -> Lie | None:
    """Figures of a protocol and of the event of its acceptance, whose hash is made anew; with
    ``chain`` also the hashes of the events after it.
    """
    key = chosen(sealed_acceptances(), which)
    if key is None:
        return None
    event = Event.objects.select_related("election").get(pk=key)
    protocol = next(p for p in Protocol.objects.all() if p.subject == event.subject)
    if protocol.figures is None:
        return None
    figures = list(protocol.figures)
    figures[3], figures[4] = figures[3] - 1, figures[4] + 1
    parts = [alter(Protocol, protocol.pk, {"figures": f"'{{{_array(figures)}}}'"})]
    previous = bytes(event.previous)
    for one in _from(event) if chain else [event]:
        if one.pk == event.pk:
            one.after = {**one.after, "figures": figures}
        one.previous = previous
        previous = one.digest()
        parts.append(
            alter(
                Event,
                one.pk,
                {
                    "after": f"'{_json(one.after)}'",
                    "hash": _bytes(previous),
                    "previous": _bytes(bytes(one.previous)),
                },
            )
        )
    return Lie("chain made anew" if chain else "event made anew", _told(parts))


def _from(event: Event) -> Iterable[Event]:
    later = Event.objects.filter(subject=event.subject, number__gte=event.number)
    return later.select_related("election").order_by("number")


def rewrite_entries(which: int) -> Lie | None:
    """What both clerks typed of a protocol that waits for its acceptance, altered alike."""
    key = chosen(Protocol.objects.filter(status="verified"), which)
    if key is None:
        return None
    entries = Entry.objects.standing().filter(seat__protocol=key).values_list("pk", flat=True)
    value = MOVED.format("figures")
    return Lie("both entries", _told(alter(Entry, pk, {"figures": value}) for pk in list(entries)))


def _told(parts: Iterable[Part | None]) -> tuple[Part, ...]:
    return tuple(part for part in parts if part is not None)


def _array(figures: Iterable[int | None]) -> str:
    return ",".join("NULL" if figure is None else str(figure) for figure in figures)


def _json(value: object) -> str:
    return json.dumps(value).replace("'", "''")


def _bytes(value: bytes) -> str:
    return f"'\\x{value.hex()}'"


#: What is done with several rows at once, by name.
TOGETHER: dict[str, Callable[[int], Lie | None]] = {
    "event made anew": lambda which: rewrite_acceptance(which, chain=False),
    "chain made anew": lambda which: rewrite_acceptance(which, chain=True),
    "both entries": rewrite_entries,
}
