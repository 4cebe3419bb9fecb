"""What must hold in the ledger of a tenant's database, whatever happened."""

FINAL = {"completed", "completed_with_errors", "failed", "skipped", "cancelled"}


def check_laws(case, node, import_id, tenant=None):
    """The rows of one import are legal: counters add up, ranges neither overlap nor leave gaps."""
    db = node.database(tenant)
    try:
        number = db.execute("SELECT number FROM imports WHERE id = ?", (import_id,)).fetchone()["number"]
        lawless = db.execute(
            "SELECT count(*) FROM batches WHERE import_number = ? AND picked_up != completed + failed_attempts + split"
            " + released + interrupted + (state = 'running')", (number,)).fetchone()[0]
        case.assertEqual(lawless, 0, "pick-ups of some batches do not add up")
        twice = db.execute("SELECT count(*) FROM batches WHERE import_number = ? AND completed > 1",
                           (number,)).fetchone()[0]
        case.assertEqual(twice, 0, "some batches completed twice")
        failures = db.execute("SELECT sum(failed_attempts) FROM batches WHERE import_number = ?",
                              (number,)).fetchone()[0] or 0
        kept = db.execute("SELECT count(*) FROM batch_attempts WHERE import_number = ?", (number,)).fetchone()[0]
        case.assertEqual(failures, kept, "failed attempts and their rows differ in number")
        for row in db.execute("SELECT name FROM import_types WHERE import_number = ?", (number,)).fetchall():
            ranges = db.execute("SELECT after_key, up_to_key FROM batches WHERE import_number = ? AND record_type = ?"
                                " AND state != 'split' ORDER BY up_to_key", (number, row["name"])).fetchall()
            for before, after in zip(ranges, ranges[1:]):
                case.assertEqual(after["after_key"], before["up_to_key"],
                                 f"the ranges of {row['name']} overlap or leave a gap")
    finally:
        db.close()


def check_pick_ups(case, status):
    """Every pick-up that a status tells of has ended in one way, or runs."""
    told = status["pick_ups"]
    ends = sum(told[name] for name in ("completed", "failed_attempts", "split", "released", "interrupted"))
    case.assertEqual(told["picked_up"], ends + status["batches"]["running"], told)


def check_completed(case, node, status, tenant=None):
    """A completed import: every batch done, and status, ledger and tables tell the same numbers."""
    case.assertEqual(status["state"], "completed", status.get("error"))
    check_laws(case, node, status["id"], tenant)
    case.assertEqual(status["batches"]["completed"], status["batches"]["planned"])
    for left in ("failed", "cancelled", "running", "pending"):
        case.assertEqual(status["batches"][left], 0, left)
    totals = {"batches": 0, "stored": 0}
    for wave in status["waves"]:
        for entry in wave["record_types"]:
            case.assertIn(entry["state"], ("completed", "skipped"), entry)
            totals["batches"] += entry["batches"]["completed"]
            totals["stored"] += entry["records"]["stored"]
    case.assertEqual(totals["batches"], status["batches"]["planned"])
    case.assertEqual(totals["stored"], status["records"]["stored"])
    ledger = node.rows("SELECT b.record_type, count(*) AS batches, sum(b.stored) AS stored FROM batches b"
                       " JOIN imports i ON i.number = b.import_number WHERE i.id = ? AND b.state = 'completed'"
                       " GROUP BY b.record_type", status["id"], tenant=tenant)
    case.assertEqual(sum(row["batches"] for row in ledger), status["batches"]["planned"])
    case.assertEqual(sum(row["stored"] for row in ledger), status["records"]["stored"])


def dump(node, table, leave_out=(), order="1", tenant=None):
    """All rows of a table as plain tuples, without some columns."""
    columns = [row["name"] for row in node.rows(f'PRAGMA table_info("{table}")', tenant=tenant)
               if row["name"] not in leave_out]
    names = ", ".join(f'"{name}"' for name in columns)
    return [tuple(row) for row in node.rows(f'SELECT {names} FROM "{table}" ORDER BY {order}', tenant=tenant)]
