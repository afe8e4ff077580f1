//! The form of all filters, sent with whatever an address may hold.
use crate::admin::changelist::advanced::{lines, submitted};
use crate::admin::changelist::params::Params;
use proptest::prelude::*;
use std::collections::HashMap;

fn pairs() -> impl Strategy<Value = Vec<(String, String)>> {
    let names = vec![
        "q",
        "o",
        "n",
        "cols",
        "_view",
        "status__exact",
        "status__not",
        "operation",
        "category__isnull",
        "src_site__exact",
        "src_site__name__icontains",
        "last_seen__gte",
        "last_seen__lt",
        "last_seen__year",
        "failures_total__exact",
        "failures_total__lt",
        "_facets",
        "density",
        "incident__in",
    ];
    proptest::collection::vec(
        (proptest::sample::select(names).prop_map(str::to_owned), "[a-z0-9, é%&=]{0,6}"),
        0..8,
    )
}

proptest! {
    /// Sends the form as it was drawn, but for one line: nothing else changes.
    #[test]
    fn applying_any_filter_keeps_all_others(pairs in pairs(), line in 0_usize..9, value in "[a-z0-9]{1,5}", operator in 0_usize..4) {
        let registry = crate::resources::registry();
        let meta = registry.get("issues").unwrap().meta();
        let before = pairs.iter().fold(Params::default(), |params, (name, value)| params.and(name, value.as_str()));
        let lines = lines(&registry, meta, &before, &["sites", "error-categories", "incidents"], &HashMap::new());
        let mut sent = before.clone();
        for (at, shown) in lines.iter().enumerate() {
            let name = &shown.name;
            sent = sent.and(&format!("_was_{name}"), shown.was.as_str());
            let chosen = shown.operators.iter().find(|(_, _, chosen)| *chosen).or(shown.operators.first()).unwrap().0;
            if at == line {
                let operator = ["is", "not", "empty", "filled"][operator];
                sent = sent.and(&format!("_op_{name}"), operator).and(&format!("_v_{name}"), value.as_str());
                continue;
            }
            sent = sent.and(&format!("_op_{name}"), chosen);
            for (value, _, _) in shown.ticks.iter().filter(|(_, _, ticked)| *ticked) {
                sent = sent.and(&format!("_v_{name}"), value.as_str());
            }
            if let Some(text) = &shown.text {
                sent = sent.and(&format!("_v_{name}"), text.as_str());
            }
            if let Some([from, to]) = &shown.range {
                sent = sent.and(&format!("_from_{name}"), from.as_str()).and(&format!("_to_{name}"), to.as_str());
            }
        }
        let after = submitted(meta, &sent, &[]).unwrap();
        let changed = &lines[line].name;
        // Other fields mean what they did: several values of one look-up may have become a list of their own.
        let others = |params: &Params| {
            let mut all: Vec<(String, String)> = Vec::new();
            for (name, value) in params.state().iter() {
                let field = name.split("__").next().unwrap_or_default();
                if field == changed { continue; }
                let plain = matches!(name.strip_prefix(field), Some("" | "__in" | "__exact")) && meta.field(field).is_some();
                if plain {
                    all.extend(value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| (format!("{field}__exact"), part.to_owned())));
                } else if name.ends_with("__not") {
                    all.extend(value.split(',').map(str::trim).filter(|part| !part.is_empty()).map(|part| (name.to_owned(), part.to_owned())));
                } else if name.contains("__") {
                    let empty = name.ends_with("__isnull").then(|| crate::admin::parse_bool(value).ok()).flatten();
                    let empty = empty.map(|empty| empty.to_string());
                    let value = empty.as_deref().unwrap_or(value).trim();
                    if !value.is_empty() { all.push((name.to_owned(), value.to_owned())); }
                } else {
                    all.push((name.to_owned(), value.to_owned()));
                }
            }
            all.sort();
            all.dedup();
            all
        };
        prop_assert_eq!(others(&after), others(&before));
    }
}
