//! Lines of a CSV file.

/// One line; quoted throughout, and with what a spreadsheet would take for a formula made plain text.
pub(super) fn line<const N: usize>(cells: [String; N]) -> String {
    let cells = cells.map(|cell| {
        let formula = cell.starts_with(['=', '+', '-', '@', '\t', '\r']);
        format!("\"{}{}\"", if formula { "'" } else { "" }, cell.replace('"', "\"\""))
    });
    format!("{}\r\n", cells.join(","))
}

#[cfg(test)]
mod tests {
    use super::line;

    #[test]
    fn a_name_that_reads_like_a_formula_stays_a_name() {
        let cells = ["=1+1".to_owned(), "@ann".to_owned(), "a \"b\", c".to_owned()];
        assert_eq!(line(cells), "\"'=1+1\",\"'@ann\",\"a \"\"b\"\", c\"\r\n");
    }
}
