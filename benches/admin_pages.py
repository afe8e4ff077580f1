"""What admin.py asks OpInt and Django for: the same page of each, on the same rows."""

import re
from dataclasses import dataclass
from urllib.parse import quote_plus

from measure import psql

ROWS = 100  # of a page, on both
DEEP = 2000


@dataclass(frozen=True)
class Page:
    name: str
    # Addresses below /admin/ of OpInt and of Django.
    ours: str
    theirs: str
    # Whether it lists issues: then all must list the same, and OpInt's counts make a first visit differ from the next.
    lists: bool = False
    signed_in: bool = True
    # Whether Django has it only with autocomplete_fields.
    tuned: bool = False
    # A form to post: its fields.
    form: tuple = ()

    def path(self, ours):
        return f"/admin/{self.ours if ours else self.theirs}"


def of_issues(name, query=""):
    return Page(name, f"issues/{query}", f"grid/issue/{query}", lists=True)


def search(words):
    return f"?q={quote_plus(words)}"


def busiest_category(url):
    """Its key, and how many issues it has."""
    found = psql(url, "-c", "SELECT category_id, COUNT(*) FROM issue GROUP BY 1 ORDER BY 2 DESC LIMIT 1")
    return map(int, found.split("|"))


def all_pages(issues, one, category):
    last = max(1, min(DEEP, issues // ROWS))
    counted = Page("list with a count at each filter", "issues/", "grid/issue/?_facets=True", lists=True)
    return [
        of_issues("change list"),
        of_issues("change list, deep page", f"?p={last}"),
        of_issues("filter by status", "?status__exact=new"),
        of_issues("search of a common phrase", search('"Connection limit exceeded"')),
        of_issues("search of a word in 20 rows", search("quarantine")),
        of_issues("sorted by failures", "?o=-2"),
        counted,
        Page("change form", f"issues/{one}/change/", f"grid/issue/{one}/change/"),
        Page("history", f"issues/{one}/history/", f"grid/issue/{one}/history/"),
        Page(
            "type-ahead of categories",
            "autocomplete/?resource=issues&field=category&term=limit",
            "autocomplete/?app_label=grid&model_name=issue&field_name=category&term=limit",
            tuned=True,
        ),
        Page("add a cause, and the next form", "causes/add/", "grid/cause/add/", form=("description", "usual_side")),
        Page("index", "", ""),
        Page("sign-in page", "login/", "login/", signed_in=False),
        # The last, since Django's processes keep the memory that it takes.
        Page("delete the busiest category?", f"error-categories/{category}/delete/", f"grid/category/{category}/delete/"),
    ]


def issues_on(page):
    """Keys of the issues that a list links to, in its order."""
    return list(dict.fromkeys(re.findall(r'href="/admin/(?:grid/issue|issues)/(\d+)/change/', page)))
