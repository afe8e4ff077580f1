//! The shift: what fails now, whom to blame, what was done, and what the next shift should know.

mod address;
pub mod board;
pub mod freshness;
pub mod handover;
pub mod log;
pub mod matrix;
pub mod numbers;
mod records;
pub mod report;
pub mod site;
pub mod situation;
pub mod spark;
pub mod times;

pub use address::{site_path_for, with_query};

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
