"""Django with the original application's models: `current/core` or `first/core`, as ORIGINAL says."""

import json
import os
import sys
from pathlib import Path

sys.path.insert(0, str(Path(__file__).parent / os.environ["ORIGINAL"]))

if os.environ["ENGINE"].endswith("mysql"):
    # Written in Python, so that nothing has to be compiled; Django asks for the other's version.
    import pymysql

    pymysql.version_info = (2, 2, 1, "final", 0)
    pymysql.install_as_MySQLdb()

SECRET_KEY = "of a test"
USE_TZ = True
TIME_ZONE = "UTC"
DEFAULT_AUTO_FIELD = "django.db.models.AutoField"
DATABASES = {"default": {"ENGINE": os.environ["ENGINE"], **json.loads(os.environ["DATABASE"])}}
INSTALLED_APPS = [
    "django.contrib.auth", "django.contrib.contenttypes", "django.contrib.admin", "django.contrib.sessions",
    "django.contrib.messages", "core",
]
# Fewer rounds than Django's own: a debug build takes long for a million.
PASSWORD_HASHERS = ["hashers.Quick", "django.contrib.auth.hashers.Argon2PasswordHasher"]
MIGRATION_MODULES = {"core": None}
