"""Makes the tables and some rows in each: what moving in has to cope with. Run with DJANGO_SETTINGS_MODULE=settings."""

import json
import os
from datetime import datetime, timedelta, timezone

import django

django.setup()

from core import models  # noqa: E402
from django.contrib.admin.models import LogEntry  # noqa: E402
from django.contrib.auth.hashers import make_password  # noqa: E402
from django.contrib.auth.models import Group, Permission, User  # noqa: E402
from django.contrib.contenttypes.models import ContentType  # noqa: E402
from django.contrib.sessions.models import Session  # noqa: E402
from django.core.management import call_command  # noqa: E402

FIRST = os.environ["ORIGINAL"] == "first"
THEN = datetime(2019, 11, 26, 9, 32, 41, 145580, timezone.utc)
BUSY = "globus_ftp_client: the server responded with an error 421 Service busy: Connection limit exceeded. Please try again."


def people():
    users = {
        name: User.objects.create(
            username=name, email=f"{name}@example.org", is_staff=True, is_superuser=name == "pbkdf2",
            password=make_password(password, hasher=hasher),
        )
        for name, password, hasher in [
            ("pbkdf2", "violet-otter-1", "pbkdf2_sha256"), ("argon2", "violet-otter-2", "argon2"),
            ("locked", None, "default"),
        ]
    }
    group = Group.objects.create(name="Shifters")
    group.permissions.add(Permission.objects.first())
    users["argon2"].groups.add(group, Group.objects.create(name="Watchers"))
    Session.objects.create(session_key="x" * 32, session_data="x", expire_date=THEN)
    return users


def knowledge():
    at = {"last_modified": THEN}
    actions = [
        models.Action.objects.create(action=name, **at)
        for name in ("Submit a ticket to the site", "Contact DDM ops", "Restart it", "Unknown", "Proposed")
    ]
    cause = models.IssueCause.objects.create(cause="Storage overloaded", **at)
    busy = models.IssueCategory.objects.create(regex=BUSY, cause=cause, amount=5, **at)
    texts = [f"SOURCE [110] Operation timed out on se{number}.example.org" for number in range(5)]
    others = [models.IssueCategory.objects.create(regex=text, **at) for text in texts]
    if FIRST:
        models.Solution.objects.create(category=busy, cause=cause, propability=80.0, **at)
        models.Solution.objects.create(category=busy, solution=actions[2], affected_site="dst_site", **at)
        return busy, others, actions
    models.Solution.objects.create(category=busy, proposed_action=actions[0], real_cause=cause, propability=80.0, **at)
    for number in (4, 2):
        models.Solution.objects.create(category=busy, solution=actions[number], affected_site="dst_site", **at)
    return busy, others, actions


def issues(busy, others, actions):
    more = {"action": actions[0]} if FIRST else {}
    for number in range(300):
        text = f"TRANSFER {BUSY}" if number % 3 == 0 else f"SOURCE [110] Operation timed out on se{number}.example.org"
        models.TransferIssue.objects.create(
            message=f"{text} {'ü' * (number % 2)}", category=others[number % 5], amount=number, status="New",
            type=["transfer-failure", "deletion-failure", "transfer-error"][number % 3], dst_site=f"DST-{number % 7}",
            src_site=["UNKNOWN", "", "SRC-A", "SRC-B"][number % 4], last_modified=THEN + timedelta(hours=number),
            **(more if number == 5 else {}),
        )
    if not FIRST:
        for number in range(20):
            models.WorkflowIssue.objects.create(
                message="Job died of signal 9", category=busy, amount=1, type="workflow", workflow=f"task-{number % 4}",
                last_modified=THEN,
            )


def log(users):
    about = ContentType.objects.get_for_model(models.TransferIssue)
    for flag in (1, 2, 3):
        LogEntry.objects.create(
            user=users["pbkdf2"], content_type=about, object_id=str(flag), object_repr="An issue", action_flag=flag,
            change_message=json.dumps([{"changed": {"fields": ["Status"]}}]), action_time=THEN,
        )


call_command("migrate", run_syncdb=True, verbosity=0)
users = people()
issues(*knowledge())
log(users)
