"""Everything that a load fills, row by row: by natural keys instead of numbers, and without the time of writing."""

import re
from collections import Counter

# An issue, an incident and a category as they are known to people. A title may carry a number, so a template comes first.
CATEGORY = "COALESCE(c.template_hash, c.title)"
ISSUE = f"i.operation, {CATEGORY}, s.name, d.name, i.workflow, CASE WHEN c.id IS NULL THEN i.message_hash END"
OF_ISSUE = """issue i LEFT JOIN error_category c ON c.id = i.category_id
    LEFT JOIN site s ON s.id = i.src_site_id LEFT JOIN site d ON d.id = i.dst_site_id"""

COUNTED = {
    "site": "SELECT t.name, t.country, t.tier, t.cloud, t.status, t.ticket_group, t.cric_id, t.note, t.version FROM site t",
    "site_alias": "SELECT s.name, t.vo, t.kind, t.value FROM site_alias t JOIN site s ON s.id = t.site_id",
    "error_category": """SELECT t.title, t.template, t.template_hash, t.pattern, t.priority, t.fault_kind, t.known_side,
        t.origin, t.state, t.note, t.version FROM error_category t""",
    "category_example": f"""SELECT {CATEGORY}, t.message, t.message_hash, t.seen_count
        FROM category_example t JOIN error_category c ON c.id = t.category_id""",
    "issue": f"""SELECT {ISSUE}, i.message, i.message_hash, i.status, i.first_seen, i.last_seen, i.failures_total,
        i.files_total, i.attribution, i.confidence, i.evidence, i.reopened_count, i.version,
        n.started_at, n.role, p.name FROM {OF_ISSUE}
        LEFT JOIN incident n ON n.id = i.incident_id LEFT JOIN site p ON p.id = n.site_id""",
    "issue_hour": f"""SELECT {ISSUE}, t.hour, t.failures, t.distinct_files, t.bytes
        FROM {OF_ISSUE} JOIN issue_hour t ON t.issue_id = i.id""",
    "issue_day": f"""SELECT {ISSUE}, t.day, t.failures, t.distinct_files, t.bytes
        FROM {OF_ISSUE} JOIN issue_day t ON t.issue_id = i.id""",
    "failed_file": f"SELECT {ISSUE}, t.hour, t.file_hash FROM {OF_ISSUE} JOIN failed_file t ON t.issue_id = i.id",
    "site_hour": """SELECT t.operation, s.name, t.role, t.hour, t.done, t.failed
        FROM site_hour t JOIN site s ON s.id = t.site_id""",
    "activity_hour": """SELECT t.operation, t.activity, s.name, d.name, t.hour, t.done, t.failed
        FROM activity_hour t JOIN site s ON s.id = t.src_site_id JOIN site d ON d.id = t.dst_site_id""",
    "link_hour": """SELECT t.operation, s.name, d.name, t.hour, t.done, t.failed, t.cancelled, t.bytes
        FROM link_hour t JOIN site s ON s.id = t.src_site_id JOIN site d ON d.id = t.dst_site_id""",
    "link_day": """SELECT t.operation, s.name, d.name, t.day, t.done, t.failed, t.cancelled, t.bytes
        FROM link_day t JOIN site s ON s.id = t.src_site_id JOIN site d ON d.id = t.dst_site_id""",
    "incident": f"""SELECT t.operation, t.role, s.name, d.name, {CATEGORY}, t.state, t.started_at, t.ended_at, t.failures,
        t.attempts, t.evidence, t.announced_at, t.version FROM incident t JOIN site s ON s.id = t.site_id
        LEFT JOIN site d ON d.id = t.partner_site_id LEFT JOIN error_category c ON c.id = t.category_id""",
    "audit_log": "SELECT t.source, t.username, t.verb, t.resource, t.object_label FROM audit_log t",
    "what is owed or under way": """SELECT t.source, t.state, t.checkpoint FROM loader_run t
        WHERE t.running_key IS NOT NULL OR t.checkpoint IS NOT NULL""",
}
# A line of a file counts once. An hour of the monitoring is read again and again, so its records are not added up.
LINES = {
    "loaded_file": """SELECT t.source, t.name, t.head_hash, t.window, t.lines, t.lines_hash, t.is_complete
        FROM loaded_file t""",
    "loader_rejection": "SELECT t.place, t.reason FROM loader_rejection t",
    "sums of loader_run": """SELECT t.source, SUM(t.rows_read), SUM(t.rows_bad), SUM(t.issues_new), SUM(t.issues_updated)
        FROM loader_run t GROUP BY t.source""",
}
# What the process was at that was killed.
UNDER_WAY = """SELECT CASE WHEN COUNT(t.running_key) > 0 THEN 'reading' WHEN COUNT(t.checkpoint) > 0 THEN 'judging' END
    FROM loader_run t"""
# What must have rows for the comparison to mean anything.
FILLED = ("site", "error_category", "issue", "issue_hour", "link_hour", "site_hour", "incident", "audit_log")
SHOWN = 5
# The log calls an incident by its number, and a transaction that was undone may have used one up.
NUMBER = re.compile(r"#\d+")


def read(database, name, queries):
    found = {table: Counter(database.rows(name, query)) for table, query in queries.items()}
    found["audit_log"] = Counter(NUMBER.sub("#", row) for row in found["audit_log"].elements())
    return found


def empty(tables):
    """Tables that ought to have rows and have none."""
    return [table for table in FILLED if not tables[table]]


def differences(expected, found):
    """In words, for each table that differs."""
    told = []
    for table, rows in expected.items():
        missing, more = rows - found[table], found[table] - rows
        if missing or more:
            told.append(f"{table}: {missing.total()} rows are missing and {more.total()} are not as they should be")
            told += [f"    - {row}" for row in sorted(missing)[:SHOWN]]
            told += [f"    + {row}" for row in sorted(more)[:SHOWN]]
    return told
