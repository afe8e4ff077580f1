//! A query string that links rewrite: what is not touched survives.
use url::form_urlencoded;

/// Name and value pairs in the order of the address.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub struct Params(Vec<(String, String)>);

impl Params {
    /// Reads a query string; one that is not encoded properly is read as far as it goes.
    #[must_use]
    pub fn parse(query: &str) -> Self {
        Self(form_urlencoded::parse(query.as_bytes()).into_owned().collect())
    }

    /// All pairs.
    pub fn iter(&self) -> impl Iterator<Item = (&str, &str)> {
        self.0.iter().map(|(name, value)| (name.as_str(), value.as_str()))
    }

    /// The last value of that name.
    #[must_use]
    pub fn get(&self, name: &str) -> Option<&str> {
        self.iter().filter(|(known, _)| *known == name).last().map(|(_, value)| value)
    }

    /// Whether that pair is there.
    #[must_use]
    pub fn contains(&self, name: &str, value: &str) -> bool {
        self.iter().any(|pair| pair == (name, value))
    }

    /// Without the names given.
    #[must_use]
    pub fn without(&self, names: &[&str]) -> Self {
        Self(self.0.iter().filter(|(name, _)| !names.contains(&name.as_str())).cloned().collect())
    }

    /// Without one pair.
    #[must_use]
    pub fn without_pair(&self, name: &str, value: &str) -> Self {
        Self(
            self.0
                .iter()
                .filter(|(known, other)| (known.as_str(), other.as_str()) != (name, value))
                .cloned()
                .collect(),
        )
    }

    /// With one more pair.
    #[must_use]
    pub fn and(mut self, name: &str, value: impl Into<String>) -> Self {
        self.0.push((name.to_owned(), value.into()));
        self
    }

    /// With that name standing once, for that value.
    #[must_use]
    pub fn with(&self, name: &str, value: impl Into<String>) -> Self {
        self.without(&[name]).and(name, value)
    }

    /// From the first page on: what a new filter, search or order asks for.
    #[must_use]
    pub fn from_start(&self) -> Self {
        self.without(&["p", "after", "before", "count", "all"])
    }

    /// What a saved view keeps: the state of a list, not the place in it.
    #[must_use]
    pub fn state(&self) -> Self {
        let kept = self.from_start().without(&["view", "_view"]);
        let said = |name: &str, value: &str| !value.is_empty() && (name, value) != ("_facets", "true");
        Self(kept.0.into_iter().filter(|(name, value)| said(name, value)).collect())
    }

    /// Whether both say the same, in whatever order.
    #[must_use]
    pub fn same_as(&self, other: &Self) -> bool {
        let sorted = |params: &Self| {
            let mut pairs = params.state().0;
            pairs.sort();
            pairs.dedup();
            pairs
        };
        sorted(self) == sorted(other)
    }

    /// As a query string, without the question mark.
    #[must_use]
    pub fn encoded(&self) -> String {
        form_urlencoded::Serializer::new(String::new()).extend_pairs(self.iter()).finish()
    }

    /// As a link on the same page.
    #[must_use]
    pub fn href(&self) -> String {
        format!("?{}", self.encoded())
    }
}

#[cfg(test)]
mod tests {
    use super::*;
    use proptest::prelude::*;

    proptest! {
        #[test]
        fn setting_one_name_keeps_all_others(pairs in proptest::collection::vec((".{0,8}", ".{0,8}"), 0..6), value in ".{0,8}") {
            let params = Params(pairs.clone());
            let changed = Params::parse(&params.with("o", value.clone()).encoded());
            prop_assert_eq!(changed.get("o"), Some(value.as_str()));
            prop_assert_eq!(changed.without(&["o"]), params.without(&["o"]));
        }
    }
}
