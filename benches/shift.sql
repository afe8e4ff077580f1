-- 170 sites, 20,000 links, 90 days of hours, issues and incidents, on PostgreSQL: psql -v days=90 -v links=20000.
-- One site in twenty is bad in the last six hours. The table is filled before it has keys: much faster.
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
INSERT INTO site (name, country, tier, status, created_at, updated_at, version)
SELECT 'SITE-' || lpad(n::text, 3, '0'), 'CH', n % 3 + 1, 'active', now(), now(), 1 FROM generate_series(1, 170) n;
INSERT INTO error_category (title, priority, created_at, updated_at, version, origin)
SELECT 'Error ' || n, n, now(), now(), 1, 'manual' FROM generate_series(1, 40) n;

CREATE TEMP TABLE numbered AS SELECT id, row_number() OVER (ORDER BY id) - 1 AS n FROM site WHERE name LIKE 'SITE-%';
CREATE TEMP TABLE pair AS
SELECT s.id AS src, d.id AS dst, (s.n * 7919 + d.n * 104729) % 1009 AS mixed, d.n % 20 = 0 AS is_bad
FROM numbered s, numbered d WHERE s.n <> d.n ORDER BY (s.n * 31 + d.n * 17) % 997, s.n, d.n LIMIT :links;

CREATE TEMP TABLE kept AS
SELECT 'ALTER TABLE link_hour ADD CONSTRAINT ' || quote_ident(conname) || ' ' || pg_get_constraintdef(oid) AS sql
FROM pg_constraint WHERE conrelid = 'link_hour'::regclass AND contype IN ('p', 'f')
UNION ALL
SELECT indexdef FROM pg_indexes WHERE tablename = 'link_hour'
AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'link_hour'::regclass);
SELECT 'ALTER TABLE link_hour DROP CONSTRAINT ' || quote_ident(conname) FROM pg_constraint
WHERE conrelid = 'link_hour'::regclass AND contype IN ('p', 'f') \gexec
SELECT 'DROP INDEX ' || quote_ident(indexname) FROM pg_indexes WHERE tablename = 'link_hour' \gexec
INSERT INTO link_hour (operation, src_site_id, dst_site_id, hour, done, failed, cancelled)
SELECT 'transfer', src, dst, hour, 20 + mixed % 100,
    CASE WHEN is_bad AND hour > now() - interval '6 hours' THEN 400 ELSE mixed % 5 / 4 END, 0
FROM generate_series(date_trunc('hour', now()) - :days * interval '1 day', date_trunc('hour', now()), interval '1 hour') hour,
    pair;
SELECT sql FROM kept \gexec

INSERT INTO site_hour (operation, site_id, role, hour, done, failed)
SELECT operation, src_site_id, 'source', hour, SUM(done), SUM(failed) FROM link_hour GROUP BY 1, 2, 4
UNION ALL
SELECT operation, dst_site_id, 'destination', hour, SUM(done), SUM(failed) FROM link_hour GROUP BY 1, 2, 4;

-- An issue on each link that ever fails, and its hours of the last fortnight.
INSERT INTO issue (operation, category_id, src_site_id, dst_site_id, message, message_hash, status, first_seen, last_seen,
    failures_total, files_total, attribution, confidence, evidence, reopened_count, dedup_key, created_at, updated_at, version)
SELECT 'transfer', (SELECT MIN(id) FROM error_category) + mixed % 40, src, dst,
    'TRANSFER [110] Operation timed out, host se' || dst || '.example.org', md5(src || '/' || dst), 'new',
    now() - interval '30 days', now(), 4000, 1000, 'destination', 0.9, 'Fails from all.', 0, md5(src || '-' || dst), now(), now(), 1
FROM pair WHERE is_bad OR mixed % 5 = 4;
INSERT INTO issue_hour (issue_id, hour, failures, distinct_files)
SELECT i.id, l.hour, l.failed, l.failed FROM issue i
JOIN link_hour l ON l.src_site_id = i.src_site_id AND l.dst_site_id = i.dst_site_id AND l.operation = 'transfer'
WHERE l.failed > 0 AND l.hour > now() - interval '14 days';
INSERT INTO action (name, kind, created_at, updated_at, version)
SELECT 'Action ' || n, 'none', now(), now(), 1 FROM generate_series(1, 12) n;
INSERT INTO action_taken (issue_id, action_id, taken_at, worked, side, site_id, created_at, updated_at, version)
SELECT i.id, (SELECT MIN(id) FROM action) + n % 12, now() - n * interval '3 minutes',
    (ARRAY['yes', 'no', 'yes', 'unknown'])[n % 4 + 1], 'destination', i.dst_site_id, now(), now(), 1
FROM (SELECT id, dst_site_id, row_number() OVER (ORDER BY id) % 20000 AS n FROM issue) i;
INSERT INTO ticket (system, reference, title, status, site_id, is_open, opened_at, changed_at, created_at, updated_at, version)
SELECT 'ggus', (144000 + n)::text, 'Transfers fail', 'in progress', id, n % 3 = 0, now() - n * interval '1 hour',
    now() - n * interval '20 minutes', now(), now(), 1
FROM (SELECT s.id, s.n + 170 * k AS n FROM numbered s, generate_series(0, 9) k) t;
INSERT INTO loader_run (source, state, started_at, finished_at) VALUES ('monit', 'ok', now(), now());
ANALYZE;
