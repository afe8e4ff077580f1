//! What the form says, as far as no database is needed.
use super::super::words::blamed_side;
use crate::admin::Input;
use crate::error::{Error, Errors, Result};
use entity::issue;
use entity::vocabulary::Side;
use sea_orm::ActiveEnum;

/// Longest number of a ticket.
const DIGITS: usize = 12;

/// What was at fault: what the form says, or whom the counts blame if it does not ask.
pub(super) fn side(issue: &issue::Model, input: &Input) -> Result<Side> {
    match input.get("side") {
        None => Ok(blamed_side(issue.attribution)),
        Some("") => Ok(Side::Unknown),
        Some(text) => {
            Side::try_from_value(&text.to_owned()).map_err(|_| Error::field("side", "Choose one of these."))
        }
    }
}

/// The number of a ticket as people write or paste it: `1000981`, `GGUS:1000981`, `#1000981`, or its address.
/// What is no number is given back as it is: it may be the name of a known ticket elsewhere.
pub(super) fn reference(text: &str) -> &str {
    let text = text.trim().trim_start_matches('#');
    let text = match text.get(..4) {
        Some(word) if word.eq_ignore_ascii_case("ggus") => text.get(4..).unwrap_or_default(),
        _ => text,
    };
    let text = text.trim_start_matches([':', '-', '#', ' ']);
    if !text.starts_with("https://") {
        return text;
    }
    let last = text.trim_end_matches('/').rsplit(['/', '=']).next().unwrap_or_default();
    if is_number(last) { last } else { text }
}

/// Whether that can be a ticket of GGUS.
pub(super) fn is_number(text: &str) -> bool {
    (1..=DIGITS).contains(&text.len()) && text.bytes().all(|byte| byte.is_ascii_digit())
}

/// No text may hold a NUL; those that no resource looks at are looked at here.
pub(super) fn check_nul(input: &Input) -> Errors {
    let wrong = ["other", "ticket"]
        .into_iter()
        .filter(|name| input.get(name).is_some_and(|text| text.contains('\0')));
    wrong
        .map(|name| (name.to_owned(), vec!["A NUL character cannot be stored. Remove it.".to_owned()]))
        .collect()
}

/// Keeps what is wrong with one field, so that all of it is said at once.
pub(super) fn collect<T>(result: Result<T>, errors: &mut Errors) -> Result<Option<T>> {
    match result {
        Ok(value) => Ok(Some(value)),
        Err(Error::Invalid(wrong)) => {
            errors.extend(wrong);
            Ok(None)
        }
        Err(error) => Err(error),
    }
}

/// What is wrong with a field of another form, at the input of this one.
pub(super) fn moved(error: Error, from: &str, to: &str) -> Error {
    match error {
        Error::Invalid(mut errors) => {
            if let Some(messages) = errors.remove(from) {
                errors.insert(to.to_owned(), messages);
            }
            Error::Invalid(errors)
        }
        other => other,
    }
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn ticket_numbers_are_read_as_people_write_them() {
        for (text, number) in [
            ("1000981", "1000981"),
            (" GGUS:1000981 ", "1000981"),
            ("GGUS #143902", "143902"),
            ("ggus-143902", "143902"),
            ("#143902", "143902"),
            ("https://helpdesk.ggus.eu/#ticket/zoom/1000981", "1000981"),
            ("https://ggus.eu/?mode=ticket_info&ticket_id=143902", "143902"),
        ] {
            assert_eq!(reference(text), number);
            assert!(is_number(reference(text)));
        }
        for text in ["", "soon", "ATLDDMOPS-5555", "12345678901234", "１２", "https://example.org/x"] {
            assert!(!is_number(reference(text)), "{text}");
        }
    }
}
