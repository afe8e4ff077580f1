//! Sample data: real messages of 2019 with sites, causes and actions, and hourly counts that end
//! now, so that pages look alive. Loaded through the same save as everything else.
mod hours;

use crate::admin::{Deed, Input, Save, Target};
use crate::app::{App, random_token};
use crate::auth::{account, session};
use anyhow::{Context, bail};
use chrono::{DateTime, Duration, Utc};
use entity::audit_log::Source;
use entity::{group, loader_run, user, user_group};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};
use serde::Deserialize;
use std::collections::BTreeMap;

const FIXTURE: &str = include_str!("fixture.json");

/// Accounts of the demo: name, group, superuser.
const ACCOUNTS: [(&str, &str, bool); 4] = [
    ("admin", "Admins", true),
    ("ddmops01", "Operators", false),
    ("shifter01", "Shifters", false),
    ("viewer01", "Viewers", false),
];

/// One row of the fixture, in Django's format.
#[derive(Deserialize)]
struct Row {
    model: String,
    pk: Option<i64>,
    fields: BTreeMap<String, serde_json::Value>,
}

/// Fills an empty database, or finds it filled; gives the accounts with their passwords, which are new each time.
///
/// # Errors
/// When the database holds anything else.
pub async fn load(app: &App) -> anyhow::Result<Vec<(String, String, String)>> {
    let ours = loader_run::Entity::find()
        .filter(loader_run::Column::Source.eq(loader_run::Source::Demo))
        .count(&app.db)
        .await?
        > 0;
    if !ours && !empty(app).await? {
        bail!(
            "--demo fills empty databases only, and this one holds records; leave --demo out, or name another DATABASE_URL"
        );
    }
    let txn = crate::db::begin(&app.db).await?;
    let deed = Deed::system(Source::Fixture, app.now());
    let accounts = accounts(app, &txn, &deed).await?;
    if !ours {
        let run = run(&txn, app.now()).await?;
        let rows = rows(app, &txn, &deed).await?;
        hours::fill(&txn, app.now()).await?;
        finish(&txn, run, rows, app.now()).await?;
    }
    txn.commit().await?;
    for (name, ..) in ACCOUNTS {
        if let Some(user) = account::by_name(&app.db, name).await? {
            session::end_others(&app.db, user.id, None).await?;
        }
    }
    Ok(accounts)
}

async fn empty(app: &App) -> anyhow::Result<bool> {
    let db = &app.db;
    Ok(user::Entity::find().count(db).await? == 0
        && entity::issue::Entity::find().count(db).await? == 0
        && entity::error_category::Entity::find().count(db).await? == 0
        && entity::action::Entity::find().count(db).await? == 0
        && entity::ticket::Entity::find().count(db).await? == 0
        // The migration makes one: UNKNOWN.
        && entity::site::Entity::find().count(db).await? <= 1)
}

/// Makes the accounts, or gives those of an earlier start new passwords.
async fn accounts(
    app: &App,
    txn: &DatabaseTransaction,
    deed: &Deed,
) -> anyhow::Result<Vec<(String, String, String)>> {
    let mut made = Vec::new();
    for (name, group, superuser) in ACCOUNTS {
        let password = random_token()[..12].to_owned();
        let hash = app.hasher.hash(password.clone()).await?;
        match account::by_name(txn, name).await? {
            Some(user) => drop(account::set_password(app, txn, deed, user.id, hash).await?),
            None => {
                let mut input = Input::partial([("username".to_owned(), name.to_owned())]);
                input.set("is_superuser", superuser.to_string());
                let saved = account::create(app, txn, deed, hash, &input).await?;
                join(txn, crate::admin::key_number(saved.row.key()).unwrap_or_default(), group).await?;
            }
        }
        made.push((name.to_owned(), group.to_owned(), password));
    }
    Ok(made)
}

async fn join(txn: &DatabaseTransaction, user: i64, name: &str) -> anyhow::Result<()> {
    let group = group::Entity::find()
        .filter(group::Column::Name.eq(name))
        .one(txn)
        .await?
        .with_context(|| format!("the group {name} is gone"))?;
    let link = user_group::ActiveModel { user_id: Set(user), group_id: Set(group.id) };
    user_group::Entity::insert(link).exec_without_returning(txn).await?;
    Ok(())
}

async fn run(txn: &DatabaseTransaction, now: DateTime<Utc>) -> anyhow::Result<i64> {
    let run = loader_run::ActiveModel {
        source: Set(loader_run::Source::Demo),
        state: Set(loader_run::State::Running),
        started_at: Set(now),
        rows_read: Set(0),
        rows_bad: Set(0),
        issues_new: Set(0),
        issues_updated: Set(0),
        requests: Set(0),
        ..Default::default()
    };
    Ok(loader_run::Entity::insert(run).exec(txn).await?.last_insert_id)
}

async fn finish(txn: &DatabaseTransaction, run: i64, rows: i64, now: DateTime<Utc>) -> anyhow::Result<()> {
    let issues = entity::issue::Entity::find().count(txn).await?;
    let done = loader_run::ActiveModel {
        id: Set(run),
        state: Set(loader_run::State::Ok),
        finished_at: Set(Some(now)),
        rows_read: Set(rows),
        issues_new: Set(i64::try_from(issues)?),
        ..Default::default()
    };
    loader_run::Entity::update(done).exec(txn).await?;
    Ok(())
}

/// Writes all rows; keys of the fixture become the database's own.
async fn rows(app: &App, txn: &DatabaseTransaction, deed: &Deed) -> anyhow::Result<i64> {
    let rows: Vec<Row> = serde_json::from_str(FIXTURE).context("the sample data are broken")?;
    let mut keys: BTreeMap<(String, i64), i64> = BTreeMap::new();
    if let Some(unknown) =
        entity::site::Entity::find().filter(entity::site::Column::Name.eq("UNKNOWN")).one(txn).await?
    {
        keys.insert(("site".into(), 1), unknown.id);
    }
    for row in &rows {
        let table = row.model.strip_prefix("opint.").unwrap_or(&row.model);
        if table == "ticket_issue" {
            link(txn, row, &keys, deed.at).await?;
            continue;
        }
        let key = write(app, txn, deed, table, row, &keys)
            .await
            .with_context(|| format!("sample {table} {:?}", row.pk))?;
        if let Some(pk) = row.pk {
            keys.insert((table.to_owned(), pk), key);
        }
    }
    Ok(i64::try_from(rows.len())?)
}

async fn write(
    app: &App,
    txn: &DatabaseTransaction,
    deed: &Deed,
    table: &str,
    row: &Row,
    keys: &BTreeMap<(String, i64), i64>,
) -> anyhow::Result<i64> {
    let resource = app.registry.table(table).with_context(|| format!("there is no resource for {table}"))?;
    let meta = resource.meta();
    let mut input = Input::partial([]);
    let mut given = Vec::new();
    for (name, value) in row.fields.iter().filter(|(_, value)| !value.is_null()) {
        let (_, field) = meta.field(name).with_context(|| format!("{table} has no field {name}"))?;
        let text = match &field.kind {
            crate::admin::Kind::Foreign(to) if to == "user" => {
                let name = value.as_str().unwrap_or_default();
                account::by_name(txn, name).await?.with_context(|| format!("no user {name}"))?.id.to_string()
            }
            crate::admin::Kind::Foreign(to) => {
                let pk = value.as_i64().unwrap_or_default();
                keys.get(&(to.clone(), pk))
                    .with_context(|| format!("{name} points at {to} {pk}, which comes later or never"))?
                    .to_string()
            }
            crate::admin::Kind::Moment => moment(value.as_str().unwrap_or_default(), deed.at)?.to_rfc3339(),
            _ => value.as_str().map_or_else(|| value.to_string(), str::to_owned),
        };
        if field.readonly {
            let value = field.parse(&text).map_err(anyhow::Error::msg)?;
            given.push((field.column, value));
        } else {
            input.set(name, text);
        }
    }
    let save = Save { registry: &app.registry, resource, deed, given };
    let saved = save.run(txn, Target::New, &input).await.map_err(|error| match error {
        crate::error::Error::Invalid(errors) => anyhow::anyhow!("{errors:?}"),
        other => other.into(),
    })?;
    crate::admin::key_number(saved.row.key()).context("a row without a key")
}

async fn link(
    txn: &DatabaseTransaction,
    row: &Row,
    keys: &BTreeMap<(String, i64), i64>,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let key = |table: &str, name: &str| {
        let pk = row.fields.get(name).and_then(serde_json::Value::as_i64).unwrap_or_default();
        keys.get(&(table.to_owned(), pk))
            .copied()
            .with_context(|| format!("a ticket link names {table} {pk}"))
    };
    let link = entity::ticket_issue::ActiveModel {
        ticket_id: Set(key("ticket", "ticket")?),
        issue_id: Set(key("issue", "issue")?),
        linked_by_id: Set(None),
        certainty: Set(entity::ticket_issue::Certainty::Exact),
        created_at: Set(now),
    };
    entity::ticket_issue::Entity::insert(link).exec_without_returning(txn).await?;
    Ok(())
}

/// `-3d4h`, `-30m` or `now`, from the hour's beginning so that counts and moments agree.
fn moment(text: &str, now: DateTime<Utc>) -> anyhow::Result<DateTime<Utc>> {
    let mut back = Duration::zero();
    let mut number = String::new();
    for letter in text.trim_start_matches("now").trim_start_matches('-').chars() {
        match letter {
            '0'..='9' => number.push(letter),
            _ => {
                let amount: i64 = number.parse().with_context(|| format!("“{text}” is no time"))?;
                number.clear();
                back += match letter {
                    'd' => Duration::days(amount),
                    'h' => Duration::hours(amount),
                    'm' => Duration::minutes(amount),
                    _ => bail!("“{text}” is no time"),
                };
            }
        }
    }
    Ok(now - back)
}
