"""The law of imports, whatever the account believes: what a tenant's database has is what the account has, or the
import that has just ended names what deviates: record type by record type, in its notes, its state and its exit code.
And nothing is marked as gone that is there.
"""

import datetime
import decimal
import json
import sqlite3

UNSURE_OF_DELETIONS = {"deletions_held", "deletions_unsure"}


def canonical(value, kind):
    """A value of the account's as the criteria's type has it stored; None too where it cannot be that."""
    if value is None:
        return None
    if kind in ("id", "reference", "integer", "boolean"):
        return value if isinstance(value, int) else None
    if kind == "decimal":
        try:
            return format(decimal.Decimal(str(value)), "f")
        except decimal.InvalidOperation:
            return None
    if kind in ("date", "datetime"):
        value = str(value)
        fits = len(value) == (10 if kind == "date" else 20) and value[4] == "-"
        return value if fits else None
    return str(value)


def an_hour_apart(one, other):
    """Whether both are times, and differ as they do where a clock is set back."""
    if one is None or other is None:
        return False
    one, other = (datetime.datetime.strptime(text, "%Y-%m-%dT%H:%M:%SZ") for text in (one, other))
    return abs(one - other) == datetime.timedelta(hours=1)


class Sides:
    """The rows of one record type, by their keys, in the account and in the tenant's database."""

    def __init__(self, truth, stored, entry, dropped=()):
        table = entry.get("table", entry["name"])
        own = entry["key"] if isinstance(entry["key"], list) else [entry["key"]]
        # A field of a wide key that the account lacks is left out of the key.
        own = own[:1] + [name for name in own[1:] if name not in dropped]
        self.keys = ([entry["set_of"]["column"]] if "set_of" in entry else []) + own
        known = {row[1] for row in truth.execute(f'PRAGMA table_info("{table}")')}
        self.fields = [field for field in entry["fields"] if field.get("column", field["name"]) in known]
        self.names = [field["name"] for field in self.fields]
        self.kinds = [field["type"] for field in self.fields]
        self.columns = {field["name"]: field.get("column", field["name"]) for field in self.fields}
        chosen = ", ".join(f't."{field.get("column", field["name"])}"' for field in self.fields)
        where = f"WHERE {entry['filter']}" if "filter" in entry else ""
        numbers = {row[1]: row[5] for row in truth.execute(f'PRAGMA table_info("{table}")')}
        keyed = sorted((name for name, place in numbers.items() if place), key=numbers.get)
        place = [f't."{name}"' for name in keyed] + ["0"] * (2 - len(keyed))
        self.account, self.hidden = {}, set()
        hidden = {tuple(row) for row in
                  truth.execute('SELECT id, line FROM "_hidden" WHERE "table" = ?', (table,))}
        for row in truth.execute(f'SELECT {", ".join(place)}, {chosen} FROM "{table}" t {where}'):
            values = dict(zip(self.names, row[2:]))
            key = self.key_of(values)
            self.account[key] = values
            if tuple(row[:2]) in hidden:
                self.hidden.add(key)
        self.stored, self.gone = {}, {}
        there = [row[1] for row in stored.execute(f'PRAGMA table_info("{entry["name"]}")')]
        self.has_table = bool(there)
        self.absent = [name for name in self.names if name not in there]
        mine = [name for name in self.names if name in there]
        if self.has_table and all(key in there for key in self.keys):
            chosen = ", ".join(f'"{name}"' for name in mine)
            for row in stored.execute(f'SELECT "_deleted_at", {chosen} FROM "{entry["name"]}"'):
                values = dict(zip(mine, row[1:]))
                (self.stored if row[0] is None else self.gone)[self.key_of(values)] = values

    def key_of(self, values):
        return tuple(values.get(key) for key in self.keys)


class Law:
    """Judges one import that has ended. `excused` is what no import of this kind can know, by record type: keys of
    records whose deletion was not logged, whose change was not seen or the like. Breaches are sentences."""

    def __init__(self, truth, stored, criteria, excused=None, before=None, stale=None):
        self.truth = sqlite3.connect(f"file:{truth}?mode=ro", uri=True)
        self.stored = sqlite3.connect(f"file:{stored}?mode=ro", uri=True, timeout=30)
        self.criteria = {entry["name"]: entry for entry in criteria if "group" not in entry}
        self.excused = excused or {}
        self.before = before or {}  # record type -> the keys of its live records before the import
        self.after = {}
        # Records whose changes came while the role did not see them: nothing but a whole reading brings those.
        self.stale = {name: set(keys) for name, keys in (stale or {}).items()}
        self.breaches, self.named = [], []

    def close(self):
        self.truth.close()
        self.stored.close()

    def judge(self, status, code, only=None):
        """Breaches by the import with this status and exit code."""
        self.status, self.code = status, code
        self.notes = {}
        for note in status["notes"]:
            self.notes.setdefault((note["code"], note["record_type"]), []).append(note["subject"])
        expected = {"completed": 0, "completed_with_errors": 3, "failed": 4}
        if expected.get(status["state"]) != code:
            self.breaches.append(f"the import is {status['state']} ({status.get('error')}), and its exit code {code}")
        for wave in status["waves"]:
            for entry in wave["record_types"]:
                if entry["name"] in self.criteria and (only is None or entry["name"] in only):
                    sides = Sides(self.truth, self.stored, self.criteria[entry["name"]], self.dropped(entry["name"]))
                    self.judge_type(entry, sides)
        return self.breaches

    def dropped(self, name):
        """A comparison notes only what it meets; what imports leave out is kept beside them."""
        if self.status.get("mode") != "verify":
            return self.note("column_dropped", name)
        return [row[0] for row in self.stored.execute(
            "SELECT subject FROM schema_notes WHERE code = 'column_dropped' AND record_type = ?", (name,))]

    def note(self, code, name):
        return self.notes.get((code, name), [])

    def breach(self, name, what, keys):
        keys = sorted(keys, key=repr)
        self.breaches.append(f"{name}: {len(keys)} {what}, such as {keys[:4]}")

    def loss(self, name, what, keys, is_named, needs_code):
        """Something deviates: it has to be named, and where `needs_code` by the exit code as well."""
        if not keys:
            return
        if not is_named:
            self.breach(name, f"{what}, and nothing names it", keys)
        elif needs_code and self.code not in (3, 4):
            self.breach(name, f"{what}, and the exit code is {self.code}", keys)
        else:
            self.named.append(f"{name}: {what}")

    def judge_type(self, entry, sides):
        name = entry["name"]
        excused = self.excused.get(name, set())
        # Whatever the import says of itself, this never happens.
        self.after[name] = set(sides.stored)
        taken = {key for key in self.before.get(name, ()) if key in sides.account and key not in sides.stored}
        if taken:
            self.breach(name, "records were taken for gone and are there", taken)
        if entry["state"] in ("skipped", "failed", "waiting", "cancelled"):
            told = (self.note("type_skipped", name) or self.note("key_unknown", name) or entry["error"]
                    or (entry["state"] == "cancelled" and self.status["state"] == "failed"))
            if not told:
                self.breaches.append(f"{name} is {entry['state']}, and nothing says why")
            if entry["state"] != "skipped" and self.code == 0:
                self.breaches.append(f"{name} is {entry['state']}, and the exit code 0")
            self.named.append(f"{name}: {entry['state']}")
            return
        if self.status.get("mode") == "verify" and self.note("not_verified", name):
            if self.code == 0:
                self.breaches.append(f"{name} was not compared, and the exit code is 0")
            self.named.append(f"{name}: not compared")
            return
        wrong = {key for key in sides.gone if key in sides.account and key not in sides.hidden} - excused
        if wrong:
            self.breach(name, "records are marked as gone and are there", wrong)
        rejected = self.rejected(name)
        lost_batches = entry["batches"]["failed"] > 0
        missing = {key for key in sides.account if key not in sides.stored} - sides.hidden - excused
        self.loss(name, "records are not in the database", {key for key in missing if not self.is_in(rejected, key)},
                  lost_batches, True)
        self.loss(name, "records are rejected", {key for key in missing if self.is_in(rejected, key)}, True, True)
        unsure = any(self.note(code, name) for code in UNSURE_OF_DELETIONS) or self.note("departures_unread", name)
        unread = "deleted_as" in self.criteria[name] and any(code == "deletions_unread" for code, _ in self.notes)
        self.loss(name, "records are live and gone in the account",
                  {key for key in sides.stored if key not in sides.account} - excused,
                  # The log of deletions comes last, which an import that fails does not get to.
                  unsure or unread or lost_batches or self.status.get("state") == "failed", True)
        self.judge_values(name, sides, excused, lost_batches)

    def judge_values(self, name, sides, excused, lost_batches):
        dropped = {subject for code in ("column_dropped", "column_misfit", "column_back") for subject in self.note(code, name)}
        if self.status.get("mode") == "verify":
            return  # it compares which records there are, and reads no values where these are the same
        kept = self.kept(name)
        stale = [field for field in sides.absent if field not in dropped and sides.account]
        if stale:
            self.breach(name, "columns are not in the table, and nothing names them", stale)
        for field, kind in zip(sides.names, sides.kinds):
            column = sides.columns[field]
            if field in sides.absent or field in dropped or column in dropped:
                continue
            differ, aside = {}, set()
            for key, mine in sides.stored.items():
                theirs = sides.account.get(key)
                if theirs is None or key in excused:
                    continue
                wanted = canonical(theirs[field], kind)
                have = mine[field]
                if have == wanted and (wanted is not None or theirs[field] is None):
                    continue
                if column in self.note("time_by_text", name) and an_hour_apart(have, wanted):
                    continue  # in the night in which the clock is set back two hours have one name
                if key in sides.hidden:
                    self.stale.setdefault(name, set()).add(key)
                if key in self.stale.get(name, ()):
                    continue
                if have is None and (key, field) in kept:
                    aside.add(key)
                else:
                    differ[key] = (have, theirs[field])
            if differ:
                shown = {(key, *differ[key]) for key in differ}
                self.loss(name, f"values of {field} differ (key, here, account)", shown, lost_batches, True)
            self.loss(name, "values are kept aside", aside, bool(self.note("value_kept_aside", name)), True)

    def rejected(self, name):
        return {row[0] for row in self.stored.execute("SELECT key FROM rejected_records WHERE record_type = ?", (name,))}

    def is_in(self, rejected, key):
        return "/".join(map(str, key)) in rejected

    def kept(self, name):
        """(key, column) of the values that are kept aside."""
        result = set()
        for key, column in self.stored.execute("SELECT key, name FROM kept_values WHERE record_type = ?", (name,)):
            parts = tuple(int(part) if part.lstrip("-").isdigit() else part for part in key.split("/"))
            result.add((parts, column))
        return result


def exact(truth, stored, criteria):
    """Breaches if nothing at all may deviate, whatever is named."""
    law = Law(truth, stored, criteria)
    try:
        for entry in law.criteria.values():
            sides = Sides(law.truth, law.stored, entry)
            if not sides.account and not sides.has_table:
                continue
            law.code, law.notes, law.status = 0, {}, {}
            law.judge_type({"name": entry["name"], "state": "completed", "error": None, "batches": {"failed": 0}}, sides)
        return law.breaches + law.named
    finally:
        law.close()


def shown(knobs):
    return json.dumps(knobs, sort_keys=True)
