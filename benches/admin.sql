-- What people did: as many entries in the history of the program as in that of Django, 20 of them about issue :one and
-- one in a hundred by the user bench. After issues.sql and the tables of both: psql -v entries=100000 -v one=4321.
SET synchronous_commit = off;
CREATE TEMP TABLE deed AS
SELECT n, CASE WHEN n % (:entries / 20) = 0 THEN :one::text ELSE (n % 5000 + 1)::text END AS issue,
    CASE WHEN n % 100 = 0 THEN 'bench' ELSE 'loader' END AS username, now() - (:entries - n) * interval '1 minute' AS at
FROM generate_series(1, :entries) n;

INSERT INTO audit_log (at, user_id, username, source, verb, resource, object_pk, object_label, changes)
SELECT at, "user".id, username, 'form', 'change', 'issues', issue, 'Issue ' || issue, '{"Status": ["New", "Ongoing"]}'
FROM deed JOIN "user" USING (username) ORDER BY n;

INSERT INTO django_admin_log (action_time, user_id, content_type_id, object_id, object_repr, action_flag, change_message)
SELECT at, auth_user.id, django_content_type.id, issue, 'Issue ' || issue, 2, '[{"changed": {"fields": ["Status"]}}]'
FROM deed JOIN auth_user USING (username) JOIN django_content_type ON app_label = 'grid' AND model = 'issue' ORDER BY n;
