"""Whole tables of a tenant's database against what the simulated account holds, value by value."""

import datetime
import json
import sqlite3
import zoneinfo


def load_criteria(path):
    return {entry["name"]: entry for entry in json.loads(path.read_text())["record_types"]}


class Comparison:
    """`truth` is an export of the simulator, `stored` a tenant's database; both are attached to one connection."""

    def __init__(self, truth, stored, criteria, zone="America/Los_Angeles"):
        self.db = sqlite3.connect(":memory:")
        self.db.execute("ATTACH ? AS truth", (str(truth),))
        self.db.execute("ATTACH ? AS stored", (str(stored),))
        self.zone = zoneinfo.ZoneInfo(zone)
        self.db.create_function("account_day", 1, self._account_day, deterministic=True)
        self.criteria = criteria

    def close(self):
        self.db.close()

    def _account_day(self, instant):
        """The calendar day in the account's zone: what a date field holds of a time."""
        if instant is None or len(instant) == 10:
            return instant
        moment = datetime.datetime.strptime(instant, "%Y-%m-%dT%H:%M:%SZ").replace(tzinfo=datetime.timezone.utc)
        return moment.astimezone(self.zone).strftime("%Y-%m-%d")

    def _columns(self, schema, table):
        return {row[1]: row[2] for row in self.db.execute(f'PRAGMA {schema}.table_info("{table}")')}

    def record_types(self):
        return [row[0] for row in self.db.execute("SELECT record_type FROM stored.record_tables ORDER BY 1")]

    def differences(self, name):
        """Sentences on what differs in this record type; none if every row and every value is the same."""
        entry = self.criteria[name]
        table = entry.get("table", name)
        known = self._columns("truth", table)
        if not known:
            raise AssertionError(f"the export has no table {table}")
        own = entry["key"] if isinstance(entry["key"], list) else [entry["key"]]
        keys = own + ([entry["set_of"]["column"]] if "set_of" in entry else [])
        fields = [field for field in entry["fields"] if field.get("column", field["name"]) in known]
        missing = [field["name"] for field in entry["fields"] if field.get("column", field["name"]) not in known]
        where = f"WHERE {entry['filter']}" if "filter" in entry else ""
        mine, theirs = [], []
        for field in fields:
            column = f't."{field.get("column", field["name"])}"'
            if field["type"] == "date":
                column = f"account_day({column})"
            elif field["type"] == "decimal":
                column = f"CASE WHEN {column} LIKE '.%' OR {column} LIKE '-.%' THEN replace({column}, '.', '0.') " \
                         f"ELSE {column} END"  # .5 and 0.5 are one decimal
            elif field["type"] == "text":
                column = f"CAST({column} AS TEXT)"  # of a number: its digits, as they are sent
            theirs.append(f'{column} AS "{field["name"]}"')
            mine.append(f'"{field["name"]}"')
        stored = f'SELECT {", ".join(mine)} FROM stored."{name}" WHERE "_deleted_at" IS NULL'
        truth = f'SELECT {", ".join(theirs)} FROM truth."{table}" t {where}'
        found = []
        for what, sql in (("wrong or too many", f"{stored} EXCEPT {truth}"), ("missing", f"{truth} EXCEPT {stored}")):
            rows = self.db.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0]
            if rows:
                found.append(f"{name}: {rows} rows are {what}")
        counts = [self.db.execute(f"SELECT count(*) FROM ({sql})").fetchone()[0] for sql in (stored, truth)]
        if counts[0] != counts[1]:
            found.append(f"{name}: {counts[0]} rows stored, {counts[1]} in the account")
        if found:
            found += self._by_field(name, stored, truth, keys, fields)
        for column in missing:
            if self.db.execute(f'SELECT count("{column}") FROM stored."{name}"').fetchone()[0]:
                found.append(f"{name}.{column}: has values although the account lacks the column")
        return found

    def _by_field(self, name, stored, truth, keys, fields):
        on = " AND ".join(f's."{key}" = t."{key}"' for key in keys)
        found = []
        for field in (field["name"] for field in fields):
            differs = f'(+s."{field}" IS NOT +t."{field}" OR typeof(s."{field}") IS NOT typeof(t."{field}"))'
            rows = self.db.execute(f'SELECT s."{keys[0]}", s."{field}", t."{field}" FROM ({stored}) s '
                                   f"JOIN ({truth}) t ON {on} WHERE {differs} LIMIT 3").fetchall()
            found += [f"{name}.{field} of {key}: stored {mine!r}, in the account {theirs!r}"
                      for key, mine, theirs in rows]
        return found

    def all_differences(self, names=None):
        return [text for name in names or self.record_types() for text in self.differences(name)]


def compare(case, sim, node, zone="America/Los_Angeles", tenant=None, names=None):
    """Asserts that every record type which this tenant's database has is what the simulator holds now."""
    comparison = Comparison(sim.export(), node.database_path(tenant), load_criteria(node.criteria), zone)
    try:
        checked = list(names or comparison.record_types())
        case.assertTrue(checked, "the database has no record tables")
        case.assertEqual(comparison.all_differences(checked), [])
        return checked
    finally:
        comparison.close()
