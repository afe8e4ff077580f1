//! Values that are kept as JSON in a column of text.
use crate::error::Result;

/// As it is kept.
pub(in crate::admin) fn text(value: &impl serde::Serialize) -> Result<String> {
    Ok(serde_json::to_string(value).map_err(anyhow::Error::from)?)
}

/// As it was before.
pub(in crate::admin) fn value<T: serde::de::DeserializeOwned>(text: &str) -> Result<T> {
    Ok(serde_json::from_str(text).map_err(anyhow::Error::from)?)
}
