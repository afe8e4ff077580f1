-- Issues between 200 sites in 300 categories, on PostgreSQL: psql -v issues=1000000; with -v search=on, the index for
-- searching is made, too, which takes as long as all the rest. What else is written beside them is made by the program.
-- The indexes are made after the rows, which is much faster.
SET synchronous_commit = off;
SET maintenance_work_mem = '512MB';

INSERT INTO site (name, country, tier, status, created_at, updated_at, version)
SELECT 'SITE-' || lpad(n::text, 3, '0'), 'CH', n % 3 + 1, 'active', now(), now(), 1 FROM generate_series(1, 200) n;

CREATE TEMP TABLE kind (number integer, title text, message text);
INSERT INTO kind VALUES
    (0, 'Connection limit exceeded', 'SOURCE [70] globus_ftp_client: the server responded with an error 421 Service busy: Connection limit exceeded. Please try again later. Closing control connection to HOST.'),
    (1, 'Operation timed out', 'TRANSFER [110] Operation timed out after SECONDS s: davs://HOST:443/rucio/FILE'),
    (2, 'Connection refused', 'TRANSFER [70] TRANSFER globus_xio: Unable to connect to HOST:2811 globus_xio: System error in connect: Connection refused'),
    (3, 'No such file', 'SOURCE [2] No such file or directory: root://HOST:1094//rucio/FILE'),
    (4, 'Checksum mismatch', 'TRANSFER [5] SOURCE CHECKSUM MISMATCH User defined checksum and source checksum do not match for gsiftp://HOST/rucio/FILE'),
    (5, 'No space left', 'DESTINATION [28] the server responded with an error 500 Command failed: Unable to get free physical space for /rucio/FILE on HOST');

INSERT INTO error_category (title, priority, origin, state, created_at, updated_at, version)
SELECT title || ', variant ' || n / 6 + 1, 100, 'mined', 'active', now(), now(), 1
FROM generate_series(0, 299) n JOIN kind ON number = n % 6 ORDER BY n;

SELECT MIN(id) AS first_site FROM site WHERE name = 'SITE-001' \gset
SELECT MIN(id) AS first_category FROM error_category WHERE origin = 'mined' \gset

CREATE TEMP TABLE kept AS
SELECT indexname AS name, indexdef AS sql FROM pg_indexes WHERE tablename = 'issue'
AND indexname NOT IN (SELECT conname FROM pg_constraint WHERE conrelid = 'issue'::regclass);
SELECT 'DROP INDEX ' || quote_ident(name) FROM kept \gexec

-- Each of a to f goes through the numbers below :issues in an order of its own that looks like chance. So nothing is in
-- the order of the keys, neighbours in a list are no neighbours on the disk, and no two issues have the same time or
-- number of failures: every order is total. A few sites and categories have most of the issues.
INSERT INTO issue (operation, category_id, src_site_id, dst_site_id, message, message_hash, status, first_seen, last_seen,
    failures_total, files_total, attribution, confidence, reopened_count, dedup_key, created_at, updated_at, version)
SELECT CASE WHEN n % 5 = 0 THEN 'deletion' ELSE 'transfer' END, :first_category + category,
    CASE WHEN n % 5 > 0 THEN :first_site + src END, :first_site + dst,
    replace(replace(replace(message, 'HOST', 'se' || n % 40 || '.site-' || dst + 1 || '.example.org'),
        'SECONDS', (n % 3600)::text), 'FILE', 'mc16_13TeV/' || md5(n::text) || '.pool.root.1')
        -- 20 rows hold a rare word, in a database of any size.
        || CASE WHEN n <= 10000 AND n % 500 = 7 THEN ' (file in quarantine)' ELSE '' END,
    md5('message ' || n), (ARRAY['new', 'ongoing', 'resolved', 'resolved', 'muted'])[(e * 5 / :issues)::integer + 1],
    now() - a * age - interval '9 days', now() - a * age, b + 1, b / 2 + 1, 'destination', 0.9, 0, md5('key ' || n),
    now() - a * age - interval '9 days', now() - a * age + interval '1 minute', 1
FROM (
    SELECT n, a, b, e, interval '90 days' / :issues AS age, floor(power(f::float8 / :issues, 4) * 300)::integer AS category,
        floor(power(c::float8 / :issues, 2) * 200)::integer AS src, floor(power(d::float8 / :issues, 2) * 200)::integer AS dst
    FROM (
        SELECT n, n::bigint * 2654435761 % :issues AS a, n::bigint * 2246822519 % :issues AS b,
            n::bigint * 3266489917 % :issues AS c, n::bigint * 668265263 % :issues AS d,
            n::bigint * 374761393 % :issues AS e, n::bigint * 1274126177 % :issues AS f
        FROM generate_series(1, :issues) n
    ) numbers
) drawn JOIN kind ON number = category % 6;

\if :{?search}
SELECT sql FROM kept \gexec
\else
SELECT sql FROM kept WHERE name <> 'ix_issue_message_trigrams' \gexec
\endif
ANALYZE;
