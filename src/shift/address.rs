//! Addresses of the shift's pages, with parameters.
use entity::vocabulary::Operation;
use sea_orm::ActiveEnum;
use url::form_urlencoded;

/// Address of a site's page.
#[must_use]
pub fn site_path(name: &str) -> String {
    let mut url = String::from("/sites/");
    for byte in name.bytes() {
        match byte {
            b'A'..=b'Z' | b'a'..=b'z' | b'0'..=b'9' | b'-' | b'_' | b'.' | b'~' => url.push(char::from(byte)),
            _ => url.push_str(&format!("%{byte:02X}")),
        }
    }
    url.push('/');
    url
}

/// The page about a site, with what is counted there chosen.
#[must_use]
pub fn site_path_for(name: &str, operation: Operation) -> String {
    match operation {
        // Transfers come first anyway, and jobs are not counted by site.
        Operation::Transfer | Operation::Workflow => site_path(name),
        other => format!("{}?operation={}", site_path(name), other.to_value()),
    }
}

/// A page with parameters.
#[must_use]
pub fn with_query(path: &str, pairs: &[(&str, &str)]) -> String {
    format!("{path}?{}", form_urlencoded::Serializer::new(String::new()).extend_pairs(pairs).finish())
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn odd_names_survive_in_an_address() {
        assert_eq!(site_path("INFN-T1"), "/sites/INFN-T1/");
        assert_eq!(site_path("BU_ATLAS_Tier2"), "/sites/BU_ATLAS_Tier2/");
        assert_eq!(site_path("a b/ü?#%"), "/sites/a%20b%2F%C3%BC%3F%23%25/");
        assert_eq!(site_path_for("WT2", Operation::Transfer), "/sites/WT2/");
        assert_eq!(site_path_for("WT2", Operation::Deletion), "/sites/WT2/?operation=deletion");
        assert_eq!(with_query("/matrix/", &[("site", "a&b")]), "/matrix/?site=a%26b");
    }
}
