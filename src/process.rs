//! Which process this is, so that another on the same machine can see that it has died.
use std::fs;
use std::sync::LazyLock;

/// Host, boot, process namespace, number and start of this process, with slashes between.
pub static HOLDER: LazyLock<String> = LazyLock::new(|| {
    let host = fs::read_to_string("/proc/sys/kernel/hostname").unwrap_or_default();
    let pid = std::process::id();
    let host: String = host.trim().chars().take(63).collect();
    format!("{host}/{}/{}/{pid}/{}", boot(), namespace(), start(pid).unwrap_or_default())
});

/// Whether the process of that description has surely ended. Of a process elsewhere, or in another
/// container, nobody can tell: only its lease does.
#[must_use]
pub fn is_gone(holder: &str) -> bool {
    let parts: Vec<&str> = holder.split('/').collect();
    let [_, boot_then, namespace_then, pid, start_then] = parts[..] else { return false };
    if boot_then.is_empty() || boot_then != boot() || namespace_then != namespace() {
        return false;
    }
    let Ok(pid) = pid.parse() else { return false };
    start(pid).is_none_or(|start| start.to_string() != start_then)
}

fn boot() -> String {
    fs::read_to_string("/proc/sys/kernel/random/boot_id").unwrap_or_default().trim().to_owned()
}

fn namespace() -> String {
    let link = fs::read_link("/proc/self/ns/pid").unwrap_or_default();
    link.to_string_lossy().chars().filter(char::is_ascii_digit).collect()
}

/// When a process started, in ticks since boot: a number that is used again has another start
/// (field 22 of `/proc/PID/stat`, proc(5); the name before it may hold blanks and brackets).
fn start(pid: u32) -> Option<u64> {
    let stat = fs::read_to_string(format!("/proc/{pid}/stat")).ok()?;
    let (_, rest) = stat.rsplit_once(')')?;
    let mut fields = rest.split_whitespace();
    // A zombie has ended; only its parent has not taken notice.
    if fields.next()? == "Z" {
        return None;
    }
    fields.nth(18)?.parse().ok()
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn this_process_lives_and_others_may_not() {
        assert!(!is_gone(&HOLDER));
        let mut parts: Vec<String> = HOLDER.split('/').map(str::to_owned).collect();
        parts[4] = "1".into();
        assert!(is_gone(&parts.join("/")), "same number, other start");
        parts[1] = "another-boot".into();
        assert!(!is_gone(&parts.join("/")), "another machine");
        assert!(!is_gone(""));
    }
}
