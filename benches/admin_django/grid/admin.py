"""The same columns, searches, filters and fields as OpInt's pages have (src/resources/). What somebody who knows large
tables adds stands apart: settings.TUNED."""

from django.conf import settings
from django.contrib import admin

from .models import Category, Cause, Issue, Site


@admin.register(Issue)
class IssueAdmin(admin.ModelAdmin):
    list_display = ["message", "failures_total", "operation", "src_site", "dst_site", "category", "status", "last_seen"]
    search_fields = ["message", "src_site__name", "dst_site__name", "category__title"]
    list_filter = ["status", "operation", "category", "src_site", "dst_site", "attribution", "first_seen", "last_seen"]
    date_hierarchy = "last_seen"
    ordering = ["-last_seen"]
    readonly_fields = ["evidence", "reopened_count"]
    fieldsets = [
        ("What happens", {"fields": ["operation", "src_site", "dst_site", "workflow", "message", "category"]}),
        ("Where it stands", {"fields": ["status", "attribution", "confidence", "evidence"]}),
        ("Counts", {"fields": ["first_seen", "last_seen", "failures_total", "files_total", "reopened_count"]}),
    ]
    if settings.TUNED:
        list_select_related = ["src_site", "dst_site", "category"]
        show_full_result_count = False
        autocomplete_fields = ["src_site", "dst_site", "category"]


@admin.register(Site)
class SiteAdmin(admin.ModelAdmin):
    list_display = ["name", "country", "tier", "cloud", "status", "ticket_group"]
    search_fields = ["name", "cloud", "country"]
    list_filter = ["status", "tier"]
    ordering = ["name"]


@admin.register(Category)
class CategoryAdmin(admin.ModelAdmin):
    list_display = ["title", "pattern", "priority", "cause", "state"]
    search_fields = ["title", "pattern"]
    list_filter = ["state"]
    ordering = ["priority", "title"]


@admin.register(Cause)
class CauseAdmin(admin.ModelAdmin):
    list_display = ["name", "usual_side", "updated_at"]
    search_fields = ["name", "description"]
    list_filter = ["usual_side"]
    ordering = ["name"]
