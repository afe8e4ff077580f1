//! The few forms of a query string that are asked: conditions joined by ` AND `, of quoted phrases.

/// Whether an event matches, or what is wrong with the query.
pub(super) fn matches<'a>(query: &str, get: &impl Fn(&str) -> Option<&'a str>) -> Result<bool, String> {
    let mut all = true;
    for condition in split(query, " AND ")? {
        let inner = condition.strip_prefix('(').and_then(|inner| inner.strip_suffix(')'));
        let mut any = false;
        for part in split(inner.unwrap_or(&condition), " OR ")? {
            any |= term(&part, get)?;
        }
        all &= any;
    }
    Ok(all)
}

fn term<'a>(term: &str, get: &impl Fn(&str) -> Option<&'a str>) -> Result<bool, String> {
    if let Some(field) = term.strip_prefix("NOT _exists_:") {
        return Ok(get(field).is_none());
    }
    let (field, phrase) = term.split_once(':').ok_or_else(|| format!("no field in “{term}”"))?;
    let quoted = phrase.strip_prefix('"').and_then(|phrase| phrase.strip_suffix('"'));
    let quoted = quoted.ok_or_else(|| format!("no phrase in “{term}”"))?;
    if !field.bytes().all(|byte| byte.is_ascii_alphanumeric() || matches!(byte, b'.' | b'_')) {
        return Err(format!("no field in “{term}”"));
    }
    Ok(get(field) == Some(&unescaped(quoted)?))
}

/// Splits outside of quotes and parentheses.
fn split(text: &str, by: &str) -> Result<Vec<String>, String> {
    let (mut parts, mut part, mut depth, mut quoted) = (Vec::new(), String::new(), 0, false);
    let mut rest = text;
    while let Some(c) = rest.chars().next() {
        if !quoted && depth == 0 && rest.starts_with(by) {
            parts.push(std::mem::take(&mut part));
            rest = &rest[by.len()..];
            continue;
        }
        let escaped = quoted && c == '\\';
        match c {
            '"' => quoted = !quoted,
            '(' if !quoted => depth += 1,
            ')' if !quoted => depth -= 1,
            _ => {}
        }
        let end = rest.char_indices().nth(if escaped { 2 } else { 1 }).map_or(rest.len(), |(end, _)| end);
        part.push_str(&rest[..end]);
        rest = &rest[end..];
    }
    parts.push(part);
    if quoted || depth != 0 { Err(format!("open quotes or parentheses in “{text}”")) } else { Ok(parts) }
}

fn unescaped(text: &str) -> Result<String, String> {
    let (mut plain, mut letters) = (String::new(), text.chars());
    while let Some(c) = letters.next() {
        match c {
            '\\' => plain.push(letters.next().ok_or("a lonely backslash")?),
            '"' => return Err(format!("a quote within “{text}”")),
            c => plain.push(c),
        }
    }
    Ok(plain)
}
