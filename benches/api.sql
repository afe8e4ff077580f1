-- Issues of transfers and deletions between 200 sites in 300 categories, on PostgreSQL: psql -v issues=1000000. What the
-- API writes beside them is made by the program. The indexes are made after the rows, which is much faster, and the one
-- for searching is left out: nothing is searched here.
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';
INSERT INTO site (name, country, tier, status, created_at, updated_at, version)
SELECT 'SITE-' || lpad(n::text, 3, '0'), 'CH', n % 3 + 1, 'active', now(), now(), 1 FROM generate_series(1, 200) n;
INSERT INTO error_category (title, priority, origin, state, created_at, updated_at, version)
SELECT 'Error ' || n, 100, 'mined', 'active', now(), now(), 1 FROM generate_series(1, 300) n;

DROP INDEX IF EXISTS ix_issue_message_trigrams;
CREATE TEMP TABLE kept AS
SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE tablename = 'issue'
AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'issue'::regclass);
SELECT 'DROP INDEX ' || quote_ident(name) FROM kept \gexec
-- Nothing is in the order of the keys, so that neighbours in a list are no neighbours on the disk.
INSERT INTO issue (operation, category_id, src_site_id, dst_site_id, message, message_hash, status, first_seen, last_seen,
    failures_total, files_total, attribution, confidence, reopened_count, dedup_key, created_at, updated_at, version)
SELECT CASE WHEN n % 5 = 0 THEN 'deletion' ELSE 'transfer' END,
    (SELECT MIN(id) FROM error_category) + mixed % 300,
    CASE WHEN n % 5 > 0 THEN (SELECT MIN(id) FROM site WHERE name = 'SITE-001') + mixed % 200 END,
    (SELECT MIN(id) FROM site WHERE name = 'SITE-001') + mixed / 200 % 200,
    'TRANSFER [110] Operation timed out after ' || mixed % 3600 || ' s: davs://se' || mixed % 40
        || '.example.org:443/rucio/mc16_13TeV/' || md5(n::text) || '.pool.root.1',
    md5('message ' || n), (ARRAY['new', 'ongoing', 'resolved', 'resolved', 'muted'])[mixed % 5 + 1],
    now() - (mixed + 500000) * interval '7 seconds', now() - mixed * interval '7 seconds',
    mixed % 4000 + 1, mixed % 1000 + 1, 'destination', 0.9, 0, md5('key ' || n),
    now() - (mixed + 500000) * interval '7 seconds', now() - mixed * interval '7.000137 seconds', 1
FROM (SELECT n, n::bigint * 2654435761 % :issues AS mixed FROM generate_series(1, :issues) n) numbered;
SELECT sql FROM kept \gexec
ANALYZE;
