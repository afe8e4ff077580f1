//! Which groups of ours the provider's groups stand for.
use crate::config::{Oidc, group_name};
use serde_json::{Map, Value};
use std::collections::BTreeSet;

/// Whoever can sign in may look.
const EVERYBODY: &str = "Viewers";
/// Groups of ours that the provider decides about; others are an administrator's.
pub(super) const DECIDED: [&str; 4] = ["Viewers", "Shifters", "Operators", "Admins"];

/// Groups of ours for what the provider says about somebody.
pub(super) fn ours(oidc: &Oidc, claims: &Map<String, Value>) -> BTreeSet<&'static str> {
    let theirs = of(claims, &oidc.groups_claim).unwrap_or_default();
    let stand_for = |names: &[String]| names.iter().any(|name| theirs.contains(name.as_str()));
    let mut ours: BTreeSet<_> =
        oidc.groups.iter().filter(|(_, names)| stand_for(names)).map(|(group, _)| *group).collect();
    if ours.is_empty() {
        ours.insert(EVERYBODY);
    }
    ours
}

/// The provider's groups of somebody: a list, or one text with commas or blanks between. None, if it does not say.
pub(super) fn of<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<BTreeSet<&'a str>> {
    let names: Vec<&str> = match find(claims, path)? {
        Value::Array(list) => list.iter().filter_map(Value::as_str).collect(),
        Value::String(text) => text.split([',', ' ']).collect(),
        _ => return None,
    };
    Some(names.into_iter().map(group_name).filter(|name| !name.is_empty()).collect())
}

/// What stands at a path such as `resource_access.opint.roles`. Names may have dots themselves, as those of clients and
/// those that are addresses do.
fn find<'a>(claims: &'a Map<String, Value>, path: &str) -> Option<&'a Value> {
    claims.get(path).or_else(|| {
        path.match_indices('.')
            .find_map(|(dot, _)| find(claims.get(&path[..dot])?.as_object()?, &path[dot + 1..]))
    })
}

#[cfg(test)]
mod tests {
    use super::*;
    use serde_json::json;

    fn oidc() -> Oidc {
        let pairs = [
            ("OIDC_ISSUER", "https://auth.example.org"),
            ("OIDC_CLIENT_ID", "opint"),
            ("OPINT_BASE_URL", "https://opint.example.org"),
            ("OPINT_ADMIN_GROUPS", "ddm-admins"),
            ("OPINT_OPERATOR_GROUPS", "/ddm-ops,ddm-experts"),
            ("OPINT_SHIFTER_GROUPS", "ddm shifters"),
        ];
        let lookup =
            |name: &str| pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned());
        crate::config::Config::read(&lookup).unwrap().oidc.unwrap()
    }

    #[test]
    fn groups_are_found_in_every_shape_that_providers_give_them() {
        for (path, claims, groups) in [
            ("groups", json!({"groups": ["a", "/b", 3, " ", "a"]}), Some(vec!["a", "b"])),
            ("groups", json!({"groups": "a, b,/c"}), Some(vec!["a", "b", "c"])),
            ("groups", json!({"groups": "a b"}), Some(vec!["a", "b"])),
            ("groups", json!({"groups": []}), Some(vec![])),
            ("groups", json!({"groups": null}), None),
            ("groups", json!({}), None),
            ("realm_access.roles", json!({"realm_access": {"roles": ["a"]}}), Some(vec!["a"])),
            (
                "resource_access.op.int.roles",
                json!({"resource_access": {"op.int": {"roles": ["a"]}}}),
                Some(vec!["a"]),
            ),
            ("https://x.example/groups", json!({"https://x.example/groups": ["a"]}), Some(vec!["a"])),
            ("realm_access.roles", json!({"realm_access": ["a"]}), None),
        ] {
            let found = of(claims.as_object().unwrap(), path).map(|found| found.into_iter().collect());
            assert_eq!(found, groups, "{path} in {claims}");
        }
    }

    #[test]
    fn groups_stand_for_ours_and_everybody_else_looks() {
        for (theirs, ours_expected) in [
            (json!(["ddm-ops"]), vec!["Operators"]),
            (json!(["/ddm-experts", "/ddm-admins", "other"]), vec!["Admins", "Operators"]),
            (json!(["ddm shifters"]), vec!["Shifters"]),
            (json!(["DDM-OPS", "ddm-ops/x"]), vec!["Viewers"]),
            (json!(null), vec!["Viewers"]),
        ] {
            let claims = json!({"groups": theirs});
            let found: Vec<_> = ours(&oidc(), claims.as_object().unwrap()).into_iter().collect();
            assert_eq!(found, ours_expected, "{claims}");
        }
    }

    #[test]
    fn ten_thousand_groups_are_no_trouble() {
        let many: Vec<String> =
            (0..10_000).map(|number| format!("group-{number}")).chain(["ddm-ops".into()]).collect();
        let claims = json!({"groups": many});
        assert_eq!(ours(&oidc(), claims.as_object().unwrap()), BTreeSet::from(["Operators"]));
    }
}
