//! Sample data: real messages of 2019 with sites, causes and actions, and hourly counts that end
//! now, so that pages look alive. Loaded through the same save as everything else.
mod hours;

use crate::admin::{Deed, Input, Kind};
use crate::app::{App, random_token};
use crate::auth::{account, session};
use crate::fixture::{self, Reader, Row, Writer};
use crate::loading::UNKNOWN;
use anyhow::{Context, bail};
use chrono::{DateTime, Duration, Utc};
use entity::audit_log::Source;
use entity::{group, loader_run, site, user, user_group};
use sea_orm::{ActiveValue::Set, ColumnTrait, DatabaseTransaction, EntityTrait, PaginatorTrait, QueryFilter};

const FIXTURE: &str = include_str!("fixture.json");

/// Accounts of the demo: name, group, superuser.
const ACCOUNTS: [(&str, &str, bool); 4] = [
    ("admin", "Admins", true),
    ("ddmops01", "Operators", false),
    ("shifter01", "Shifters", false),
    ("viewer01", "Viewers", false),
];

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
    let mut rows = Reader::new(FIXTURE.as_bytes());
    let mut writer = Writer::new(app, txn, deed, None);
    let unknown = site::Entity::find().filter(site::Column::Name.eq(UNKNOWN)).one(txn).await?;
    if let Some(unknown) = unknown {
        writer.know("site", 1, unknown.id);
    }
    let mut written = 0;
    while let Some(mut row) = rows.next_row().context("the sample data are broken")? {
        settle(app, txn, &mut row, deed.at).await?;
        writer.write(&row).await.context("the sample data are broken")?;
        written += 1;
    }
    Ok(written)
}

/// Makes of `-3d4h` a time, and of a user's name their key.
async fn settle(
    app: &App,
    txn: &DatabaseTransaction,
    row: &mut Row,
    now: DateTime<Utc>,
) -> anyhow::Result<()> {
    let table = row.model.trim_start_matches(fixture::APP);
    let Some(resource) = app.registry.table(table) else { return Ok(()) };
    for (name, value) in &mut row.fields.0 {
        let (Some((_, field)), Some(text)) = (resource.meta().field(name), value.as_str()) else { continue };
        match &field.kind {
            Kind::Foreign(to) if to == "user" => {
                let user = account::by_name(txn, text).await?.with_context(|| format!("no user {text}"))?;
                *value = user.id.into();
            }
            Kind::Moment => *value = moment(text, now)?.to_rfc3339().into(),
            _ => {}
        }
    }
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
