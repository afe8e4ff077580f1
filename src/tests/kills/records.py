"""FTS records as JSON Lines, the same for the same seed: attempts between some sites over some hours, one site that fails
as destination and one as source from some hour on, scattered failures elsewhere, and a few torn lines."""

import json
import random

SITES = (
    "AGLT2", "BNL-ATLAS", "CERN-PROD", "DESY-HH", "FZK-LCG2", "IN2P3-CC", "INFN-T1", "MWT2", "NDGF-T1", "PIC",
    "RAL-LCG2", "SARA-MATRIX", "TRIUMF-LCG2", "UKI-NORTHGRID-LANCS-HEP",
)
BAD_DESTINATION, BAD_SOURCE, BAD_FROM = "INFN-T1", "MWT2", 3
START = 1_767_225_600_000  # 2026-01-01, in milliseconds
HOURS, HOUR = 6, 3_600_000
# One line in so many is torn.
TORN = 5_000
# The first file holds half of the lines. They name so many hosts that they make several batches; each other file is one.
SMALL_FILES = 40
POOLS = 100_000

MESSAGES = (
    ("DESTINATION", 110, "Result Operation timed out after {} attempts at {}:2811"),
    ("DESTINATION", 28, "Error writing /store/{}: No space left on device on {}"),
    ("SOURCE", 2, "No such file or directory: davs://{1}:443/rucio/mc/{0}"),
    ("TRANSFER", 70, "TRANSFER CHECKSUM MISMATCH file {} at {}"),
    ("TRANSFER", 5, "globus_ftp_client: the server responded with an error 500 End. {} ({})"),
)


def host(site):
    return f"se.{site.lower()}.example.org"


def record(number, chance, pools):
    source, destination = chance.sample(SITES, 2)
    hour = chance.randrange(HOURS)
    end = START + hour * HOUR + chance.randrange(HOUR)
    data = {
        "tr_id": f"t{number}", "src_site_name": source, "dst_site_name": destination,
        "tr_timestamp_complete": end, "f_size": chance.randrange(1, 4_000_000_000),
        "file_metadata": {"scope": "mc", "activity": chance.choice(["T0 Export", "Data Consolidation"]), "name": f"file{chance.randrange(20_000)}"},
    }
    if pools:
        data["src_hostname"] = f"pool{chance.randrange(POOLS)}.{host(source)}"
    bad = hour >= BAD_FROM and (destination == BAD_DESTINATION or source == BAD_SOURCE)
    fails = chance.random() < (0.95 if bad else 0.1)
    data["t_final_transfer_state_flag"] = -1 if chance.random() < 0.02 else int(not fails)
    if fails:
        if bad:
            kind = 0 if destination == BAD_DESTINATION else 2
        else:
            kind = chance.randrange(len(MESSAGES))
        scope, code, text = MESSAGES[kind]
        data["tr_error_scope"], data["t_error_code"] = scope, code
        at = source if scope == "SOURCE" else destination
        data["t__error_message"] = text.format(chance.randrange(4), host(at))
    return json.dumps({"data": data}, separators=(",", ":"))


def write(folder, lines, seed):
    """Writes the files; gives their paths in the order in which they are to be loaded."""
    chance = random.Random(seed)
    small = lines // 2 // SMALL_FILES
    sizes = [lines - small * SMALL_FILES] + [small] * SMALL_FILES
    paths, number = [], 0
    for place, size in enumerate(sizes):
        path = folder / f"part-{place:02}.json"
        with path.open("w", encoding="utf-8") as file:
            for _ in range(size):
                number += 1
                line = record(number, chance, pools=place == 0)
                file.write((line[:len(line) // 2] if number % TORN == 0 else line) + "\n")
        paths.append(path)
    return paths
