//! Coarse kind of fault of a template that has none of the known phrases; words of `entity::vocabulary::FaultKind`.
use super::head::Head;

/// The kind that a status of HTTP tells, else the one that the number of the error tells.
pub(super) fn of(masked: &str, head: &Head<'_>) -> &'static str {
    let mut numbers = masked.split(|letter: char| !letter.is_ascii_alphanumeric());
    numbers.find_map(of_status).or_else(|| head.errno.and_then(of_errno)).unwrap_or("other")
}

/// Numbers of HTTP and FTP that are left in a template: others are placeholders by now.
fn of_status(number: &str) -> Option<&'static str> {
    Some(match number {
        "401" => "authentication",
        "403" => "permission",
        "404" | "410" => "file-missing",
        "408" | "504" => "timeout",
        "400" | "405" | "501" => "protocol",
        "421" | "429" | "503" => "overload",
        "500" | "502" => "storage",
        "507" => "no-space",
        _ => return None,
    })
}

/// Numbers of Linux, as FTS uses them.
fn of_errno(errno: &str) -> Option<&'static str> {
    Some(match errno {
        "2" => "file-missing",
        "1" | "13" | "30" => "permission",
        "5" => "storage",
        "11" | "16" => "overload",
        "28" | "122" => "no-space",
        "32" | "70" | "101" | "103" | "104" | "107" | "111" | "112" | "113" => "connection",
        "62" | "110" => "timeout",
        "93" | "95" => "protocol",
        _ => return None,
    })
}

#[cfg(test)]
mod tests {
    use crate::categorise::template;

    #[test]
    fn kind_and_side_follow_from_the_words() {
        for (message, kind, side) in [
            ("DESTINATION [70] could not open connection to x", "connection", Some("destination")),
            ("SOURCE [2] HTTP 404 : File not found", "file-missing", Some("source")),
            ("TRANSFER [13] HTTP 403 : Permission refused", "permission", None),
            ("DESTINATION [70] certificate has expired", "authentication", Some("destination")),
            ("TRANSFER [28] disk quota exceeded", "no-space", Some("destination")),
            ("TRANSFER [5] PUT failed with status 507", "no-space", Some("destination")),
            ("TRANSFER [70] 421 Service busy: come back", "overload", None),
            ("TRANSFER [110] Operation timed out", "timeout", None),
            ("canceled because it stayed in the queue for too long", "queue", None),
            ("TRANSFER [5] SOURCE CHECKSUM MISMATCH x != y", "checksum", Some("source")),
            ("could not resolve host x", "name-resolution", None),
            ("TRANSFER [95] Protocol(s) not supported", "protocol", None),
            ("STAGING [5] Internal server error", "storage", None),
            ("DESTINATION [111] odd", "connection", Some("destination")),
            ("something odd", "other", None),
            ("DESTINATION [17] file exists and overwrite is not enabled", "other", Some("destination")),
        ] {
            let template = template("transfer", message);
            assert_eq!((template.fault_kind, template.side), (kind, side), "{message}");
        }
        assert_eq!(template("workflow", "No space left on device").side, None);
    }
}
