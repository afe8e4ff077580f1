//! Groups, and people with their old passwords.
use super::old::{OldRow, Table};
use super::{Keys, Report, To, kept};
use crate::auth::account::{self, check_email, unusable_password, username_key};
use crate::auth::legacy;
use crate::auth::password::UNUSABLE;
use crate::fixture::{fail, number};
use anyhow::{Context, bail};
use entity::{group, user};
use sea_orm::{EntityTrait, Value};
use serde_json::Value as Json;
use std::collections::{BTreeSet, HashMap};

/// Moves groups in by their names; their rights were rights to Django's tables.
pub(super) async fn groups(
    to: To<'_>,
    rows: &[OldRow],
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut there: HashMap<String, i64> =
        group::Entity::find().all(to.txn).await?.into_iter().map(|row| (row.name, row.id)).collect();
    let mut errors = Vec::new();
    for row in rows {
        let name = row.text("name")?.trim().to_owned();
        let line = report.becoming(row.table.table(), "groups");
        line.read += 1;
        if keys.get(row.table, row.pk).is_some() {
            line.there += 1;
            continue;
        }
        let key = match there.get(&name) {
            Some(key) => {
                line.there += 1;
                *key
            }
            None => {
                line.made += 1;
                report.note("Groups without rights yet: give them some", format!("“{name}”"));
                match to.save("group", vec![("name", name.clone())], Vec::new()).await {
                    Ok(key) => key,
                    Err(error) => {
                        errors.push(format!("{}: {error:#}", row.name()));
                        continue;
                    }
                }
            }
        };
        there.insert(name, key);
        keys.set(row.table, row.pk, key);
        kept::remember(to, row.table.table(), "group", &[(row.pk, key)]).await?;
    }
    fail(errors)
}

/// Moves people in. An account that is here by the same name stays as it is.
pub(super) async fn users(
    to: To<'_>,
    rows: &[OldRow],
    keys: &mut Keys,
    report: &mut Report,
) -> anyhow::Result<()> {
    let mut there: HashMap<String, i64> =
        user::Entity::find().all(to.txn).await?.into_iter().map(|row| (row.username_key, row.id)).collect();
    let names: HashMap<String, i64> =
        group::Entity::find().all(to.txn).await?.into_iter().map(|row| (row.name, row.id)).collect();
    let mut errors = Vec::new();
    for row in rows {
        let line = report.becoming(row.table.table(), "users");
        line.read += 1;
        if keys.get(row.table, row.pk).is_some() {
            line.there += 1;
            continue;
        }
        let username = row.text("username")?.to_owned();
        let key = match there.get(&username_key(&username)) {
            Some(key) => {
                line.there += 1;
                report.note("Accounts that are here by the same name, and stay as they are", &username);
                *key
            }
            None => {
                line.made += 1;
                match one(to, row, &names, keys, report).await {
                    Ok(key) => key,
                    Err(error) => {
                        errors.push(format!("{}: {error:#}", row.name()));
                        continue;
                    }
                }
            }
        };
        there.insert(username_key(&username), key);
        keys.set(row.table, row.pk, key);
        kept::remember(to, row.table.table(), "user", &[(row.pk, key)]).await?;
    }
    fail(errors)
}

async fn one(
    to: To<'_>,
    row: &OldRow,
    names: &HashMap<String, i64>,
    keys: &Keys,
    report: &mut Report,
) -> anyhow::Result<i64> {
    let username = row.text("username")?;
    let mut email = row.text("email")?.trim();
    if !email.is_empty() && check_email(email).is_err() {
        report.note("E-mail addresses that are none, left empty", format!("{username}: {email}"));
        email = "";
    }
    let staff = row.flag("is_staff")?;
    if !staff {
        report.note("Accounts that cannot sign in until “May enter” is ticked: they were no staff", username);
    }
    let groups = groups_of(row, names, keys)?;
    let mut fields = vec![
        ("username", username.to_owned()),
        ("email", email.to_owned()),
        ("first_name", row.text("first_name")?.trim().to_owned()),
        ("last_name", row.text("last_name")?.trim().to_owned()),
        ("is_active", (!row.has("is_active") || row.flag("is_active")?).to_string()),
        ("is_staff", staff.to_string()),
        ("is_superuser", row.flag("is_superuser")?.to_string()),
    ];
    fields.retain(|(_, value)| !value.is_empty());
    let mut given: Vec<(&'static str, Value)> = vec![("password", password(row, report)?.into())];
    for (from, column) in [("last_login", "last_login"), ("date_joined", "created_at")] {
        if let Some(moment) = row.moment(from)? {
            given.push((column, moment.into()));
        }
    }
    let registry = &to.app.registry;
    let resource = registry.get("users").map_err(|_| anyhow::anyhow!("there are no users"))?;
    let mut input =
        crate::admin::Input::partial(fields.into_iter().map(|(name, value)| (name.to_owned(), value)));
    input.replace("groups", groups.iter().map(ToString::to_string).collect());
    let save = crate::admin::Save { registry, resource, deed: to.deed, given };
    let saved = save.run(to.txn, crate::admin::Target::New, &input).await.map_err(crate::fixture::told)?;
    crate::admin::key_number(saved.row.key()).context("a row without a key")
}

/// The hash as it is, if it can be checked here at sign-in.
fn password(row: &OldRow, report: &mut Report) -> anyhow::Result<String> {
    let hash = row.text("password")?;
    let username = row.text("username")?;
    if hash.starts_with(UNUSABLE) || hash.is_empty() {
        report.note("Accounts without a password, as before", username);
        return Ok(account::unusable_password());
    }
    if hash.len() <= 255 && legacy::is_known(hash) {
        return Ok(hash.to_owned());
    }
    report.note(
        "Accounts whose password is kept in a way that cannot be checked here; set a new one",
        format!("{username} ({})", legacy::algorithm(hash)),
    );
    Ok(unusable_password())
}

/// Keys of groups, which a fixture may also name.
fn groups_of(row: &OldRow, names: &HashMap<String, i64>, keys: &Keys) -> anyhow::Result<BTreeSet<i64>> {
    let mut groups = BTreeSet::new();
    for json in row.list("groups")? {
        let name = match &json {
            Json::Array(parts) => parts.first().and_then(Json::as_str),
            _ => None,
        };
        let key = match name {
            Some(name) => names.get(name).copied(),
            None => number(&json).and_then(|pk| keys.get(Table::Group, pk)),
        };
        match key {
            Some(key) => drop(groups.insert(key)),
            None => bail!("groups: it points at the group {json}, which is not there"),
        }
    }
    Ok(groups)
}
