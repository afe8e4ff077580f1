//! A report as Markdown, for the e-log. Texts in it are other people's: none of them becomes markup.
use super::incidents;
use super::issues::Troubles;
use super::read::Report;
use super::rows::Rows;
use super::solved::Solved;
use super::tickets;
use crate::admin::thousands;
use crate::shift::log::LogEntry;

/// Writes lines of Markdown about a report.
struct Writer<'a> {
    report: &'a Report,
    base: &'a str,
    lines: Vec<String>,
}

/// The whole text; complaints about the address come first.
pub(super) fn text(report: &Report, complaints: &[String]) -> String {
    let base = report.url.strip_suffix(report.path.as_str()).unwrap_or_default();
    let mut writer = Writer { report, base, lines: Vec::new() };
    writer.say(format!("# Shift report: {}", escape(&report.interval.title())));
    for complaint in complaints {
        writer.say(format!("> {}", escape(complaint)));
    }
    if let Some(site) = &report.site {
        writer.say(format!("Site: **{}**", escape(site)));
    }
    writer.say(escape(&report.summary));
    if let Some(notes) = &report.notes {
        writer.notes(notes);
    }
    writer.numbers();
    writer.troubles("New issues", &report.new);
    writer.solved(&report.solved);
    writer.troubles("Still open", &report.open);
    if let Some(incidents) = &report.incidents {
        writer.incidents(incidents);
    }
    if let Some(tickets) = &report.tickets {
        writer.tickets(tickets);
    }
    if let Some(actions) = &report.actions {
        writer.actions(actions);
    }
    let made = report.made.format("%-d %b %Y %H:%M");
    writer.say(format!("Made {made} UTC from <{}>", target(&report.url)));
    let mut text = writer.lines.join("\n\n");
    text.push('\n');
    text
}

impl Writer<'_> {
    /// A paragraph.
    fn say(&mut self, text: String) {
        self.lines.push(text);
    }

    fn title(&mut self, title: &str) {
        self.say(format!("## {title}"));
    }

    /// A list, or a word that there is nothing.
    fn list(&mut self, items: Vec<String>, nothing: &str) {
        self.say(if items.is_empty() { nothing.to_owned() } else { items.join("\n") });
    }

    fn table(&mut self, head: &str, rule: &str, rows: Vec<String>) {
        let mut lines = vec![head.to_owned(), rule.to_owned()];
        lines.extend(rows);
        self.say(lines.join("\n"));
    }

    fn more(&mut self, more: bool, path: &str) {
        if more {
            self.say(format!("Not all are named here: <{}>", target(&format!("{}{path}", self.base))));
        }
    }

    fn link(&self, text: &str, path: &str) -> String {
        let url = if path.starts_with('/') { format!("{}{path}", self.base) } else { path.to_owned() };
        format!("[{}]({})", escape(text), target(&url))
    }

    fn notes(&mut self, notes: &Rows<LogEntry>) {
        self.title("For the next shift");
        let items = notes.rows.iter().map(|note| {
            let site = note.site.as_ref().map(|(site, _)| format!("**{}**: ", escape(site)));
            let watch = note.watch_until.map(|until| format!(", watched until {}", self.report.time(&until)));
            format!(
                "- {} {}{} ({}{})",
                self.report.time(&note.at),
                site.unwrap_or_default(),
                escape(&note.text),
                escape(&note.author),
                watch.unwrap_or_default()
            )
        });
        self.list(items.collect(), "No note.");
        self.more(notes.more, &notes.href);
    }

    fn numbers(&mut self) {
        let report = self.report;
        self.title("Numbers");
        let rows =
            report.numbers.rows.iter().map(|(title, now, before)| format!("| {title} | {now} | {before} |"));
        let head = format!("| | {} | {} |", report.this(), report.before());
        self.table(&head, "|---|---:|---:|", rows.collect());
    }

    fn troubles(&mut self, title: &str, troubles: &Troubles) {
        self.title(title);
        if troubles.rows.is_empty() {
            return self.say("None.".into());
        }
        let rows = troubles.rows.iter().map(|row| {
            let site =
                row.site.as_ref().map(|(site, _)| format!("**{}** ", escape(site))).unwrap_or_default();
            format!(
                "| {site}{} | {} | {} | {} |",
                row.blame,
                escape(&row.problem),
                thousands(row.issues),
                thousands(row.failures)
            )
        });
        self.table("| Blame | Problem | Issues | Failures |", "|---|---|---:|---:|", rows.collect());
        self.more(troubles.more || troubles.hidden > 0, &troubles.href);
    }

    fn solved(&mut self, solved: &Solved) {
        self.title("Solved");
        let items = solved.rows.iter().map(|row| {
            format!(
                "- {} {}: {}, {} ({}{})",
                self.report.time(&row.at),
                self.link(&format!("issue {}", row.issue), &format!("/issues/{}/", row.issue)),
                escape(&row.problem),
                escape(&row.place),
                escape(&row.author),
                if row.back { "; it is back" } else { "" }
            )
        });
        let mut items: Vec<String> = items.collect();
        if solved.issues > solved.rows.len() || solved.more {
            items.push(format!("- and {} more", solved.issues.saturating_sub(solved.rows.len())));
        }
        self.list(items, "None.");
    }

    fn incidents(&mut self, incidents: &Rows<incidents::Row>) {
        self.title("Incidents");
        let items = incidents.rows.iter().map(|row| {
            let until = row
                .until
                .map_or_else(|| "open".into(), |until| format!("closed {}", self.report.time(&until)));
            format!(
                "- {} **{}** {}: {}, {} failures, {until}",
                self.report.time(&row.from),
                escape(&row.site.0),
                escape(&row.what),
                escape(&row.problem),
                thousands(row.failures)
            )
        });
        self.list(items.collect(), "None opened, none closed.");
        self.more(incidents.more, &incidents.href);
    }

    fn tickets(&mut self, tickets: &Rows<tickets::Row>) {
        self.title("Tickets");
        let items = tickets.rows.iter().map(|row| {
            let words: Vec<_> = row.became.iter().map(|became| became.word()).collect();
            let site = row.site.as_ref().map(|site| format!("**{}** ", escape(site))).unwrap_or_default();
            format!(
                "- {} {site}{}: {} ({})",
                self.link(&row.label, row.url.as_deref().unwrap_or(&row.href)),
                words.join(", "),
                escape(&row.title),
                escape(&row.status)
            )
        });
        self.list(items.collect(), "None opened, updated or closed.");
        self.more(tickets.more, &tickets.href);
    }

    fn actions(&mut self, actions: &Rows<LogEntry>) {
        self.title("Actions taken");
        let items = actions.rows.iter().map(|row| {
            let site =
                row.site.as_ref().map(|(site, _)| format!("**{}** ", escape(site))).unwrap_or_default();
            let mut text = format!("- {} {site}{}", self.report.time(&row.at), escape(&row.text));
            if let Some(done) = &row.done {
                if let Some((ticket, _)) = &done.ticket {
                    text.push_str(&format!(", {}", escape(ticket)));
                }
                text.push_str(&format!(": {}", done.outcome.1));
                if let Some(comment) = &done.comment {
                    text.push_str(&format!(". {}", escape(comment)));
                }
            }
            format!("{text} ({})", escape(&row.author))
        });
        self.list(items.collect(), "None recorded.");
        self.more(actions.more, &actions.href);
    }
}

/// Text that is not read as Markdown or HTML, on one line. Names keep their inner underscores as they are:
/// those mean nothing, and the e-log is read as plain text, too.
fn escape(text: &str) -> String {
    let line = text.split_whitespace().collect::<Vec<_>>().join(" ");
    let letters: Vec<char> = line.chars().filter(|letter| !hidden(*letter)).collect();
    let inner = |at: usize| letters.get(at).is_some_and(|letter| letter.is_alphanumeric());
    let mut out = String::with_capacity(line.len());
    for (at, letter) in letters.iter().enumerate() {
        let markup = match letter {
            '_' => at == 0 || !inner(at - 1) || !inner(at + 1),
            // At the start, these begin a heading, a list or a rule.
            '-' | '+' | '=' => at == 0,
            '.' | ')' => letters.iter().take(at).all(char::is_ascii_digit),
            other => {
                matches!(other, '\\' | '`' | '*' | '[' | ']' | '<' | '>' | '|' | '~' | '#' | '&' | '!' | '$')
            }
        };
        if markup {
            out.push('\\');
        }
        out.push(*letter);
    }
    out
}

/// Control characters, and those that turn the direction of text around.
fn hidden(letter: char) -> bool {
    letter.is_control() || matches!(letter, '\u{202a}'..='\u{202e}' | '\u{2066}'..='\u{2069}')
}

/// An address that stays inside the brackets of a link.
fn target(url: &str) -> String {
    let mut out = String::with_capacity(url.len());
    for letter in url.chars() {
        match letter {
            '(' | ')' | '<' | '>' | '|' | '`' | '\\' | '"' | '[' | ']' | '*' | '{' | '}' => {
                out.push_str(&format!("%{:02X}", u32::from(letter)));
            }
            letter if letter.is_whitespace() || hidden(letter) => {}
            letter => out.push(letter),
        }
    }
    out
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn foreign_text_stays_text() {
        for (text, markdown) in [
            ("BU_ATLAS_Tier2", "BU_ATLAS_Tier2"),
            ("_x_ __y__", "\\_x\\_ \\_\\_y\\_\\_"),
            ("a | b", "a \\| b"),
            ("`rm` **x** ~~y~~", "\\`rm\\` \\*\\*x\\*\\* \\~\\~y\\~\\~"),
            ("[click](https://evil.example)", "\\[click\\](https://evil.example)"),
            ("![x](y)", "\\!\\[x\\](y)"),
            ("<script>alert(1)</script>", "\\<script\\>alert(1)\\</script\\>"),
            ("&lt;b&gt;", "\\&lt;b\\&gt;"),
            ("# head\n## more\n- list\n> quote", "\\# head \\#\\# more - list \\> quote"),
            ("- list", "\\- list"),
            ("1. list", "1\\. list"),
            ("2) list", "2\\) list"),
            ("back\\slash", "back\\\\slash"),
            ("a\u{202e}b\u{7}c", "abc"),
        ] {
            assert_eq!(escape(text), markdown);
        }
    }

    #[test]
    fn addresses_stay_addresses() {
        assert_eq!(target("https://x.example/a(b)|c> d"), "https://x.example/a%28b%29%7Cc%3Ed");
    }
}
