"""OpInt's tables, as Django models that it does not manage."""

from django.db import models


class Operation(models.TextChoices):
    TRANSFER = "transfer"
    DELETION = "deletion"
    STAGING = "staging"
    WORKFLOW = "workflow"


class Status(models.TextChoices):
    NEW = "new"
    ONGOING = "ongoing"
    RESOLVED = "resolved"
    MUTED = "muted"


class Attribution(models.TextChoices):
    SOURCE = "source"
    DESTINATION = "destination"
    LINK = "link"
    SERVICE = "service"
    UNCLEAR = "unclear"


class Side(models.TextChoices):
    SOURCE = "source"
    DESTINATION = "destination"


class Editable(models.Model):
    created_at = models.DateTimeField(auto_now_add=True)
    updated_at = models.DateTimeField(auto_now=True)
    version = models.IntegerField(default=1, editable=False)

    class Meta:
        abstract, managed = True, False


class Site(Editable):
    name = models.CharField(max_length=100, unique=True)
    country = models.CharField(max_length=2, null=True, blank=True)
    tier = models.IntegerField(null=True, blank=True)
    cloud = models.CharField(max_length=64, null=True, blank=True)
    status = models.CharField(max_length=16, default="active")
    ticket_group = models.CharField(max_length=128, null=True, blank=True)
    note = models.TextField(max_length=4000, null=True, blank=True)

    class Meta(Editable.Meta):
        db_table = "site"

    def __str__(self):
        return self.name


class Cause(Editable):
    name = models.CharField(max_length=128, unique=True)
    description = models.TextField(max_length=4000, null=True, blank=True)
    usual_side = models.CharField(max_length=16, choices=Side, null=True, blank=True)

    class Meta(Editable.Meta):
        db_table = "cause"

    def __str__(self):
        return self.name


class Category(Editable):
    title = models.CharField(max_length=255)
    pattern = models.CharField(max_length=512, null=True, blank=True)
    priority = models.IntegerField(default=100)
    cause = models.ForeignKey(Cause, models.PROTECT, null=True, blank=True)
    state = models.CharField(max_length=16, default="active")

    class Meta(Editable.Meta):
        db_table, verbose_name_plural = "error_category", "categories"

    def __str__(self):
        return self.title


class Issue(Editable):
    operation = models.CharField(max_length=16, choices=Operation)
    category = models.ForeignKey(Category, models.PROTECT, null=True, blank=True)
    src_site = models.ForeignKey(Site, models.PROTECT, null=True, blank=True, related_name="read_at", verbose_name="source")
    dst_site = models.ForeignKey(
        Site, models.PROTECT, null=True, blank=True, related_name="written_at", verbose_name="destination"
    )
    workflow = models.CharField(max_length=128, null=True, blank=True)
    message = models.TextField(max_length=4096)
    message_hash = models.CharField(max_length=64, editable=False)
    status = models.CharField(max_length=16, choices=Status, default="new")
    first_seen = models.DateTimeField()
    last_seen = models.DateTimeField()
    failures_total = models.BigIntegerField("failures", default=0)
    files_total = models.BigIntegerField("files", default=0)
    attribution = models.CharField("blame", max_length=16, choices=Attribution, default="unclear")
    confidence = models.FloatField(null=True, blank=True)
    evidence = models.CharField(max_length=1000, null=True, blank=True)
    reopened_count = models.IntegerField(default=0)
    dedup_key = models.CharField(max_length=64, unique=True, editable=False)

    class Meta(Editable.Meta):
        db_table = "issue"

    def __str__(self):
        return f"#{self.pk} {self.message[:100]}"
