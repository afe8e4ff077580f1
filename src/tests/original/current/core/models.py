"""The tables of the original application, current version."""

from django.db import models

STATES = [(word, word) for word in ("New", "Ongoing", "Resolved")]
SITES = [(word, word) for word in ("src_site", "dst_site", "unknown")]


class Action(models.Model):
    """What one can do."""

    action = models.CharField(max_length=128, unique=True)
    last_modified = models.DateTimeField()


class IssueCause(models.Model):
    """Why it happens."""

    cause = models.CharField(max_length=128, unique=True)
    last_modified = models.DateTimeField()


class IssueCategory(models.Model):
    """One text."""

    amount = models.IntegerField(null=True, default=0)
    regex = models.CharField(max_length=512)
    cause = models.ForeignKey(IssueCause, models.PROTECT, null=True)
    last_modified = models.DateTimeField()


class Issue(models.Model):
    """What issues of links and of workflows have in common."""

    message = models.CharField(max_length=1024)
    category = models.ForeignKey(IssueCategory, models.PROTECT, null=True)
    amount = models.IntegerField(null=True)
    type = models.CharField(max_length=128)
    status = models.CharField(max_length=12, choices=STATES, default="New")
    last_modified = models.DateTimeField()

    class Meta:
        abstract = True


class TransferIssue(Issue):
    """Of a link."""

    src_site = models.CharField(max_length=128, blank=True)
    dst_site = models.CharField(max_length=128, blank=True)


class WorkflowIssue(Issue):
    """Of a workflow."""

    workflow = models.CharField(max_length=128)


class Solution(models.Model):
    """A suggestion, or what somebody answered."""

    category = models.ForeignKey(IssueCategory, models.PROTECT)
    proposed_action = models.ForeignKey(Action, models.PROTECT, null=True, related_name="+")
    solution = models.ForeignKey(Action, models.PROTECT, null=True, related_name="+")
    real_cause = models.ForeignKey(IssueCause, models.PROTECT, null=True)
    propability = models.FloatField(default=0.0)
    score = models.BooleanField(default=False)
    affected_site = models.CharField(max_length=128, choices=SITES, default="unknown")
    last_modified = models.DateTimeField()
