//! Dates and times of day.
use super::context::Context;
use super::token::{Class, Kind};

/// Longest time, in bytes; longer words are not looked at again and again.
const LONGEST: usize = 64;

/// `2024-05-06`, `2024-05-06T07:08:09Z`.
pub(super) fn is_date(word: &[u8]) -> bool {
    matches!(word, [a, b, c, d, b'-', e, f, b'-', g, h, rest @ ..]
        if [a, b, c, d, e, f, g, h].iter().all(|byte| byte.is_ascii_digit())
            && rest.first().is_none_or(|byte| matches!(byte, b'T' | b' ' | b'_')))
}

/// `10:20`, `10:20:30.5`, `10:20:30Z`, and the same after a date.
pub(super) fn is_time(word: &[u8]) -> bool {
    if is_date(word) || word.len() > LONGEST {
        return word.len() <= LONGEST;
    }
    let tail = match word {
        [a, b, b':', c, d, rest @ ..] if [a, b, c, d].iter().all(|byte| byte.is_ascii_digit()) => rest,
        [a, b':', c, d, rest @ ..] if [a, c, d].iter().all(|byte| byte.is_ascii_digit()) => rest,
        [a, b, b'/', c, d, e, b'/', ..] => {
            return a.is_ascii_digit()
                && b.is_ascii_digit()
                && [c, d, e].iter().all(|byte| byte.is_ascii_alphabetic());
        }
        _ => return false,
    };
    tail.is_empty()
        || tail.first() == Some(&b':')
            && tail
                .iter()
                .all(|byte| byte.is_ascii_digit() || matches!(byte, b':' | b'.' | b'+' | b'-' | b'Z' | b'z'))
}

impl Context<'_, '_> {
    /// A date and what belongs to it before and after: weekday, month, day, year, time, fraction, zone.
    pub(super) fn date(&mut self, at: usize) {
        let mut first = at;
        // Weekday, month and day at most.
        for _ in 0..3 {
            let Some(before) = self.before(first, ",").filter(|before| first - before <= 2) else { break };
            let day =
                matches!(self.class(before), Class::Variable(Kind::Number)) && self.text(before).len() <= 2;
            let word = self.class(before) == Class::Word
                && (is_month(self.text(before)) || is_weekday(self.text(before)));
            if !(word || day && is_month(self.text(at))) {
                break;
            }
            first = before;
        }
        let last = self.date_end(at);
        let dated = matches!(self.class(at), Class::Variable(Kind::Time));
        if dated || last > at {
            self.join(first, last, Class::Variable(Kind::Time));
        }
    }

    fn date_end(&self, at: usize) -> usize {
        let mut last = at;
        for next in at + 1..at + 14 {
            let part = match self.class(next) {
                Class::Variable(Kind::Time) => true,
                Class::Number => self.is_date_part(next),
                Class::Word => is_zone(self.text(next)),
                Class::Blank => continue,
                Class::Mark if matches!(self.text(next), "," | "+" | "-") => continue,
                _ => false,
            };
            if !part {
                break;
            }
            last = next;
        }
        last
    }

    /// Day after a month, year, fraction of a second, offset of a zone.
    fn is_date_part(&self, at: usize) -> bool {
        let number = self.text(at);
        match number.len() {
            1 | 2 => self.is_blank(at - 1) && is_month(self.text(at.saturating_sub(2))),
            3 => self.is_mark(at - 1, ","),
            4 => number.starts_with("19") || number.starts_with("20") || self.is_mark(at - 1, "+"),
            5 => number.starts_with('-'),
            _ => false,
        }
    }
}

pub(super) fn is_month(word: &str) -> bool {
    word.len() == 3
        && ["Jan", "Feb", "Mar", "Apr", "May", "Jun", "Jul", "Aug", "Sep", "Oct", "Nov", "Dec"]
            .contains(&word)
}

pub(super) fn is_weekday(word: &str) -> bool {
    word.len() == 3 && ["Mon", "Tue", "Wed", "Thu", "Fri", "Sat", "Sun"].contains(&word)
}

pub(super) fn is_zone(word: &str) -> bool {
    ["UTC", "GMT", "CET", "CEST", "EST", "EDT", "CST", "CDT", "PST", "PDT", "JST", "BST", "Z", "AM", "PM"]
        .contains(&word)
}

#[cfg(test)]
mod tests {
    use crate::categorise::template;

    #[test]
    fn a_date_is_one_thing_however_it_is_written() {
        for date in [
            "2024-05-06",
            "2024-05-06T07:08:09.123Z",
            "2024-05-06 07:08:09,123",
            "2024-05-06 07:08:09 UTC",
            "07:08:09",
            "Mon May  6 07:08:09 CEST 2024",
            "May 6, 2024 7:08:09 AM",
            "06/May/2024:07:08:09 +0200",
            "6 May 2024 07:08",
        ] {
            assert_eq!(
                template("transfer", &format!("down since {date} for ever")).text,
                "down since <TIME> for ever"
            );
        }
        assert_eq!(template("transfer", "07:08:09 500 500-No").text, "<TIME> 500 500-No");
    }
}
