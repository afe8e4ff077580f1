//! What this program was built from: shown on pages, by `--version`, in the log and in metrics.
use std::sync::LazyLock;

/// Release.
pub const RELEASE: &str = env!("CARGO_PKG_VERSION");

/// Commit it was built from, or `unknown`.
pub const COMMIT: &str = env!("OPINT_COMMIT");

/// Number of the build, or an empty text if nobody counts. OpenShift counts its builds itself and
/// writes the name of the last one (`opint-12`) into the image's environment.
pub static BUILD: LazyLock<String> = LazyLock::new(|| {
    let name = std::env::var("OPENSHIFT_BUILD_NAME").ok();
    name.as_deref().and_then(number).unwrap_or(env!("OPINT_BUILD")).to_owned()
});

/// All of it in one line.
pub static LINE: LazyLock<String> = LazyLock::new(|| {
    let build = if BUILD.is_empty() { String::new() } else { format!(", build {}", *BUILD) };
    format!("{RELEASE} (commit {COMMIT}{build})")
});

/// `12` of `opint-12`.
fn number(name: &str) -> Option<&str> {
    let (_, number) = name.rsplit_once('-')?;
    (!number.is_empty() && number.bytes().all(|byte| byte.is_ascii_digit())).then_some(number)
}

#[cfg(test)]
mod tests {
    #[test]
    fn openshift_names_its_builds_with_a_number_at_the_end() {
        assert_eq!(super::number("opint-s2i-12"), Some("12"));
        assert_eq!(super::number("opint"), None);
        assert_eq!(super::number("opint-"), None);
    }
}
