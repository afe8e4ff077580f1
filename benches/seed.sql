-- Fills an empty, migrated SQLite database with :rows issues at 200 sites in 300 categories, the same at every run but
-- for the clock. Run by sqlite3, whose sha3() and floor() this needs. Nothing is in the order of the keys, so that
-- neighbours in a list are no neighbours on the disk: the worst case.
PRAGMA journal_mode = WAL;
PRAGMA synchronous = OFF;
PRAGMA cache_size = -500000;

BEGIN;

CREATE TEMP TABLE moment AS SELECT strftime('%Y-%m-%dT%H:00:00+00:00', 'now') AS now;

WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 199),
region(j, name) AS (VALUES
    (0, 'CERN'), (1, 'INFN'), (2, 'UKI'), (3, 'IN2P3'), (4, 'DESY'), (5, 'FZK'), (6, 'BNL'), (7, 'AGLT2'), (8, 'MWT2'),
    (9, 'GRIF'), (10, 'PSNC'), (11, 'CSCS'), (12, 'TOKYO'), (13, 'IFIC'), (14, 'LIP'), (15, 'PRAGUE'), (16, 'NIKHEF'),
    (17, 'JINR'), (18, 'IHEP'), (19, 'TRIUMF')),
kind(k, name) AS (VALUES
    (0, 'PROD'), (1, 'T1'), (2, 'T2'), (3, 'LCG2'), (4, 'HEP'), (5, 'GRID'), (6, 'CLOUD'), (7, 'ATLAS'), (8, 'CMS'),
    (9, 'DISK'))
INSERT INTO site (id, name, country, tier, status, created_at, updated_at)
SELECT i + 1001, region.name || '-' || kind.name, 'CH', 2, 'active', now, now
FROM n JOIN region ON j = i % 20 JOIN kind ON k = i / 20 JOIN moment;

WITH RECURSIVE n(i) AS (VALUES (0) UNION ALL SELECT i + 1 FROM n WHERE i < 299),
what(j, name) AS (VALUES
    (0, 'Connection limit exceeded'), (1, 'Connection refused'), (2, 'Operation timed out'), (3, 'No such file'),
    (4, 'Permission denied'), (5, 'No space left'), (6, 'Checksum mismatch'), (7, 'Name resolution'),
    (8, 'Certificate expired'), (9, 'Performance marker timeout'), (10, 'SRM communication'), (11, 'Server error 500'))
INSERT INTO error_category (id, title, priority, origin, state, created_at, updated_at)
SELECT i + 1, what.name || ', variant ' || (i / 12 + 1), 100, 'mined', 'active', now, now
FROM n JOIN what ON j = i % 12 JOIN moment;

-- a to f: numbers from 0 to 1 that depend on the key alone and look like chance.
CREATE TEMP TABLE dice AS
WITH RECURSIVE n(i) AS (VALUES (1) UNION ALL SELECT i + 1 FROM n WHERE i < :rows)
SELECT i,
    ((i * 2654435761 >> 8) & 65535) / 65536.0 AS a, ((i * 2246822519 >> 9) & 65535) / 65536.0 AS b,
    ((i * 3266489917 >> 10) & 65535) / 65536.0 AS c, ((i * 668265263 >> 7) & 65535) / 65536.0 AS d,
    ((i * 374761393 >> 11) & 65535) / 65536.0 AS e, ((i * 1274126177 >> 6) & 65535) / 65536.0 AS f
FROM n;

-- Few sites and categories have most of the issues; recent issues are new, old ones resolved.
CREATE TEMP TABLE drawn AS
SELECT i, e, f,
    CASE WHEN a < 0.70 THEN 'transfer' WHEN a < 0.90 THEN 'deletion' WHEN a < 0.97 THEN 'staging' ELSE 'workflow' END
        AS operation,
    CAST(b * b * 200 AS INTEGER) + 1001 AS src, CAST(c * c * 200 AS INTEGER) + 1001 AS dst,
    CAST(d * d * 300 AS INTEGER) + 1 AS category, CAST(e * 90 * 24 AS INTEGER) AS hours
FROM dice;

INSERT INTO issue (id, operation, category_id, src_site_id, dst_site_id, workflow, message, message_hash, status,
    first_seen, last_seen, failures_total, files_total, attribution, confidence, dedup_key, created_at, updated_at)
SELECT i, operation, iif(i % 20 = 0, NULL, category), iif(operation IN ('transfer', 'staging'), src, NULL),
    iif(operation = 'workflow', NULL, dst), iif(operation = 'workflow', 'task-' || i, NULL), text,
    lower(hex(sha3(text || i, 256))),
    CASE
        WHEN hours < 14 * 24 THEN CASE WHEN f < 0.35 THEN 'new' WHEN f < 0.60 THEN 'ongoing' ELSE 'resolved' END
        WHEN f < 0.03 THEN 'new' WHEN f < 0.06 THEN 'ongoing' WHEN f < 0.10 THEN 'muted' ELSE 'resolved' END,
    strftime('%Y-%m-%dT%H:00:00+00:00', now, '-' || (hours + CAST(f * 500 AS INTEGER)) || ' hours'),
    strftime('%Y-%m-%dT%H:00:00+00:00', now, '-' || hours || ' hours'),
    CAST(3 / (f + 0.0005) AS INTEGER) + 1, CAST(2 / (f + 0.0005) AS INTEGER) + 1,
    CASE WHEN f < 0.3 THEN 'source' WHEN f < 0.6 THEN 'destination' WHEN f < 0.65 THEN 'link' ELSE 'unclear' END,
    round(e, 2), lower(hex(sha3('key ' || i, 256))), now, now
FROM (
    -- 20 rows hold a rare word, in a database of any size.
    SELECT *, CASE category % 12
            WHEN 1 THEN 'SOURCE [70] globus_ftp_client: the server responded with an error 421 Service busy: Connection limit exceeded. Please try again later. Closing control connection to ' || host || '.'
            WHEN 2 THEN 'TRANSFER [70] TRANSFER globus_xio: Unable to connect to ' || host || ':2811 globus_xio: System error in connect: Connection refused globus_xio: A system call failed: Connection refused'
            WHEN 3 THEN 'SOURCE [110] Operation timed out after ' || (i % 3600) || ' s: davs://' || host || ':443' || path
            WHEN 4 THEN 'SOURCE [2] No such file or directory: root://' || host || ':1094/' || path
            WHEN 5 THEN 'DESTINATION [13] Result HTTP 403 : Permission refused after 1 attempts: PUT davs://' || host || path
            WHEN 6 THEN 'TRANSFER [28] the server responded with an error 500 500-Command failed. : open/create : [3009] Unable to get free physical space ' || path || ' on ' || host
            WHEN 7 THEN 'TRANSFER [5] SOURCE CHECKSUM MISMATCH User defined checksum and source checksum do not match ' || substr(hex, 1, 8) || ' != ' || substr(hex, 9, 8) || ' for gsiftp://' || host || path
            WHEN 8 THEN 'SOURCE [70] globus_xio: Unable to connect to ' || host || ':2811 globus_xio: globus_libc_getaddrinfo failed. globus_common: Temporary failure in name resolution'
            WHEN 9 THEN 'The requested service is not available at the moment.' || char(10) || 'Details: 530-Server side credential failure: the certificate of ' || host || ' has expired'
            WHEN 10 THEN 'TRANSFER [110] TRANSFER Transfer canceled because the gsiftp performance marker timeout of 360 seconds has been exceeded, or all performance markers during that period indicated zero bytes transferred: ' || host
            WHEN 11 THEN 'SOURCE [70] srm-ifce err: Communication error on send, err: [SE][Ls][] httpg://' || host || ':8444/srm/managerv2: CGSI-gSOAP running on fts' || (i % 900) || '.cern.ch reports could not open connection to ' || host || ':8444'
            ELSE 'DESTINATION [5] Error on XrdCl::CopyProcess::Run(): [ERROR] Server responded with an error: [3005] Internal server error at ' || host || path
        END || iif(i <= 10000 AND i % 500 = 7, ' (file in quarantine)', '') AS text
    FROM (
        SELECT *, 'se' || printf('%02d', i % 40) || '.' || lower(replace(site.name, '-', '.')) || '.example.org' AS host,
            '/rucio/mc16_13TeV/' || lower(substr(hex, 1, 2) || '/' || substr(hex, 3, 2) || '/AOD.' || substr(hex, 5, 8))
                || '._' || printf('%06d', i) || '.pool.root.1' AS path
        FROM (SELECT *, hex(sha3('file ' || i, 224)) AS hex FROM drawn)
        JOIN site ON site.id = iif(i % 2 = 0, src, dst)
    )
) JOIN moment;

COMMIT;
ANALYZE;
PRAGMA wal_checkpoint(TRUNCATE);
