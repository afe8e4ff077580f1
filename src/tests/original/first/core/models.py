"""The tables of the original application, first version (2019-12)."""

from django.db import models


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


class Solution(models.Model):
    """A suggestion by its cause, or what somebody answered."""

    category = models.ForeignKey(IssueCategory, models.PROTECT)
    cause = models.ForeignKey(IssueCause, models.PROTECT, null=True)
    solution = models.ForeignKey(Action, models.PROTECT, null=True)
    propability = models.FloatField(default=0.0)
    score = models.BooleanField(default=False)
    affected_site = models.CharField(max_length=128, default="unknown")
    last_modified = models.DateTimeField()


class TransferIssue(models.Model):
    """Of a link."""

    message = models.TextField()
    category = models.ForeignKey(IssueCategory, models.PROTECT, null=True)
    action = models.ForeignKey(Action, models.PROTECT, null=True)
    solution = models.ForeignKey(Solution, models.PROTECT, null=True)
    amount = models.IntegerField(null=True)
    type = models.CharField(max_length=128)
    status = models.CharField(max_length=12, default="New")
    src_site = models.CharField(max_length=128, blank=True)
    dst_site = models.CharField(max_length=128, blank=True)
    last_modified = models.DateTimeField()
