//! Why something is done: asked beside the button that does it, kept in the history.
use crate::admin::Input;

/// Longest reason, in characters.
const LONGEST: usize = 500;

/// The question, and what was answered.
#[derive(Clone, Debug, Default)]
pub(crate) struct Why {
    pub(crate) asked: bool,
    pub(crate) required: bool,
    pub(crate) text: String,
    pub(crate) errors: Vec<String>,
}

impl Why {
    /// The question before anybody answered it.
    pub(crate) fn open(asked: bool, required: bool) -> Self {
        Self { asked, required, ..Self::default() }
    }

    /// What a form answered.
    pub(crate) fn read(asked: bool, required: bool, input: &Input) -> Self {
        let text = input.get("reason").unwrap_or_default().trim().to_owned();
        let length = text.chars().count();
        let wrong = if asked && required && text.is_empty() {
            Some("Say why, in a few words.".to_owned())
        } else if length > LONGEST {
            Some(format!("At most {LONGEST} characters fit; this has {length}."))
        } else if text.contains('\0') {
            Some("A NUL character cannot be stored. Remove it.".to_owned())
        } else {
            None
        };
        Self { asked, required, text, errors: wrong.into_iter().collect() }
    }

    /// The reason, where one was asked for and given.
    pub(crate) fn given(&self) -> Option<String> {
        Some(self.text.clone()).filter(|text| self.asked && !text.is_empty())
    }

    /// What describes the input to a screen reader.
    pub(crate) fn described(&self) -> &'static str {
        if self.errors.is_empty() { "reason-help" } else { "reason-errors reason-help" }
    }
}
