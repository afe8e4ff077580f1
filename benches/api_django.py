"""The original's endpoints in Django and Django REST framework, over OpInt's tables: what the API is measured against. No
token is asked for, as the original asked for none. benches/api.sh runs it under gunicorn, with DATABASE_* in the
environment; COUNT_EVERY is how many seconds a count is kept (0: counted at each request, as the framework does)."""

import os
import time

from django.conf import settings

settings.configure(
    ALLOWED_HOSTS=["127.0.0.1"],
    DATABASES={
        "default": {
            "ENGINE": "django.db.backends.postgresql",
            "NAME": os.environ["DATABASE_NAME"],
            "USER": os.environ["DATABASE_USER"],
            "PASSWORD": os.environ["DATABASE_PASSWORD"],
            "HOST": os.environ["DATABASE_HOST"],
            "PORT": os.environ["DATABASE_PORT"],
            "CONN_MAX_AGE": 3600,
        }
    },
    INSTALLED_APPS=["rest_framework"],
    REST_FRAMEWORK={
        "DEFAULT_AUTHENTICATION_CLASSES": [],
        "DEFAULT_PERMISSION_CLASSES": [],
        "UNAUTHENTICATED_USER": None,
        "DEFAULT_RENDERER_CLASSES": ["rest_framework.renderers.JSONRenderer"],
        "DEFAULT_PARSER_CLASSES": ["rest_framework.parsers.JSONParser"],
    },
    ROOT_URLCONF=__name__,
    USE_TZ=True,
    TIME_ZONE="UTC",
    SECRET_KEY="of the benchmark",
    MIDDLEWARE=[],
)

import django  # noqa: E402 after the settings

django.setup()

from django.core.paginator import Paginator  # noqa: E402
from django.core.wsgi import get_wsgi_application  # noqa: E402
from django.db import models  # noqa: E402
from django.urls import include, path  # noqa: E402
from django.utils import timezone  # noqa: E402
from django.utils.functional import cached_property  # noqa: E402
from rest_framework import filters, mixins, pagination, routers, serializers, status, viewsets  # noqa: E402
from rest_framework.response import Response  # noqa: E402

TYPES = {"transfer": "transfer-failure", "deletion": "deletion-failure", "staging": "staging-failure"}
STATUSES = {"new": "New", "ongoing": "Ongoing", "resolved": "Resolved", "muted": "Muted"}
COUNT_EVERY = float(os.environ.get("COUNT_EVERY", "0"))


class Site(models.Model):
    name = models.CharField(max_length=128)

    class Meta:
        app_label, managed, db_table = "bench", False, "site"


class Issue(models.Model):
    operation = models.CharField(max_length=16)
    category_id = models.BigIntegerField(null=True)
    src_site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="+")
    dst_site = models.ForeignKey(Site, models.PROTECT, null=True, related_name="+")
    message = models.TextField()
    status = models.CharField(max_length=16)
    failures_total = models.BigIntegerField()
    last_modified = models.DateTimeField(db_column="updated_at")

    class Meta:
        app_label, managed, db_table = "bench", False, "issue"


class Action(models.Model):
    name = models.CharField(max_length=128, unique=True)
    kind = models.CharField(max_length=16, default="internal")
    is_retired = models.BooleanField(default=False)
    created_at = models.DateTimeField(default=timezone.now)
    last_modified = models.DateTimeField(db_column="updated_at", default=timezone.now)
    version = models.IntegerField(default=1)

    class Meta:
        app_label, managed, db_table = "bench", False, "action"


class Word(serializers.CharField):
    def __init__(self, words, **how):
        super().__init__(**how)
        self.words = words

    def to_representation(self, value):
        return self.words[value]


class IssueSerializer(serializers.ModelSerializer):
    src_site = serializers.CharField(source="src_site.name", default="UNKNOWN")
    dst_site = serializers.CharField(source="dst_site.name", default="UNKNOWN")
    category = serializers.IntegerField(source="category_id")
    amount = serializers.IntegerField(source="failures_total")
    type = Word(TYPES, source="operation")
    status = Word(STATUSES)

    class Meta:
        model = Issue
        fields = ["id", "message", "src_site", "dst_site", "category", "amount", "type", "status", "last_modified"]


class ActionSerializer(serializers.ModelSerializer):
    action = serializers.CharField(source="name", max_length=128)

    class Meta:
        model = Action
        fields = ["id", "action", "last_modified"]


class Remembering(Paginator):
    known = (0.0, 0)

    @cached_property
    def count(self):
        since, count = Remembering.known
        if not COUNT_EVERY or time.monotonic() - since > COUNT_EVERY:
            count = self.object_list.count()
            Remembering.known = time.monotonic(), count
        return count


class Pages(pagination.PageNumberPagination):
    page_size, page_size_query_param, max_page_size = 100, "page_size", 1000
    django_paginator_class = Remembering


class Issues(viewsets.ModelViewSet):
    queryset = Issue.objects.exclude(operation="workflow").select_related("src_site", "dst_site").order_by("id")
    serializer_class, pagination_class = IssueSerializer, Pages
    filter_backends, ordering_fields = [filters.OrderingFilter], ["id", "last_modified"]


class Actions(mixins.CreateModelMixin, viewsets.GenericViewSet):
    queryset, serializer_class = Action.objects.all(), ActionSerializer

    def create(self, request):
        wanted = self.get_serializer(data=request.data)
        wanted.is_valid(raise_exception=True)
        action, new = Action.objects.get_or_create(name=wanted.validated_data["name"])
        return Response(self.get_serializer(action).data, status.HTTP_201_CREATED if new else status.HTTP_200_OK)


router = routers.DefaultRouter()
router.register("issues/transfer", Issues)
router.register("actions", Actions)
urlpatterns = [path("api/", include(router.urls))]
application = get_wsgi_application()
