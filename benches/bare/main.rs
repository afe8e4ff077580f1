//! What the API of OpInt is measured against: the same statements and the same bytes without anything around them, no
//! token, session, right, validation or version. `benches/api.sh` runs it.
//!
//! Takes `DATABASE_URL` and `BARE_LISTEN`, and answers to a list of issues, one issue, and a new action.
use axum::extract::{Path, RawQuery, State};
use axum::http::{HeaderMap, StatusCode, header};
use axum::response::{IntoResponse, Response};
use axum::routing::{get, post};
use axum::{Json, Router};
use chrono::{DateTime, Utc};
use entity::issue::{Column, Status};
use entity::vocabulary::Operation;
use entity::{action, audit_log, issue, site};
use sea_orm::ActiveValue::Set;
use sea_orm::{
    ActiveModelTrait, ColumnTrait, DatabaseConnection, EntityTrait, PaginatorTrait, QueryFilter, QueryOrder,
    QuerySelect, TransactionTrait,
};
use serde::{Deserialize, Serialize, Serializer};
use std::collections::{BTreeSet, HashMap};
use std::error::Error;

// As the program has it.
#[global_allocator]
static ALLOCATOR: mimalloc::MiMalloc = mimalloc::MiMalloc;

const PAGE: u64 = 100;

#[derive(Clone)]
struct Bare {
    db: DatabaseConnection,
    /// Counted once: the program counts no more than once a minute, either.
    count: u64,
}

#[derive(Serialize)]
struct Page<'a> {
    count: u64,
    next: Option<String>,
    previous: Option<String>,
    results: Vec<Row<'a>>,
}

#[derive(Serialize)]
struct Row<'a> {
    id: i64,
    message: &'a str,
    src_site: &'a str,
    dst_site: &'a str,
    category: Option<i64>,
    amount: i64,
    #[serde(rename = "type")]
    operation: &'static str,
    status: &'static str,
    #[serde(serialize_with = "moment")]
    last_modified: DateTime<Utc>,
}

#[derive(Serialize)]
struct Action<'a> {
    id: i64,
    action: &'a str,
    #[serde(serialize_with = "moment")]
    last_modified: DateTime<Utc>,
}

#[derive(Deserialize)]
struct Wanted {
    action: String,
}

/// What the database refused.
struct Fault(sea_orm::DbErr);

impl From<sea_orm::DbErr> for Fault {
    fn from(error: sea_orm::DbErr) -> Self {
        Self(error)
    }
}

impl IntoResponse for Fault {
    fn into_response(self) -> Response {
        (StatusCode::INTERNAL_SERVER_ERROR, self.0.to_string()).into_response()
    }
}

#[tokio::main]
async fn main() -> Result<(), Box<dyn Error>> {
    // `cargo bench` and `cargo test --benches` run every bench.
    let (Ok(url), Ok(listen)) = (std::env::var("DATABASE_URL"), std::env::var("BARE_LISTEN")) else {
        println!("run by benches/api.sh");
        return Ok(());
    };
    let db = opint::db::connect(&url).await?;
    let count = issue::Entity::find().filter(Column::Operation.ne(Operation::Workflow)).count(&db).await?;
    let router = Router::new()
        .route("/api/issues/transfer/", get(list))
        .route("/api/issues/transfer/{id}/", get(one))
        .route("/api/actions/", post(create))
        .with_state(Bare { db, count });
    axum::serve(tokio::net::TcpListener::bind(listen).await?, router).await?;
    Ok(())
}

async fn list(
    State(bare): State<Bare>,
    RawQuery(query): RawQuery,
    headers: HeaderMap,
) -> Result<Response, Fault> {
    let mut rows = issue::Entity::find()
        .filter(Column::Operation.ne(Operation::Workflow))
        .order_by_desc(Column::UpdatedAt)
        .order_by_desc(Column::Id)
        // One more, which tells whether there is another page.
        .limit(PAGE + 1)
        .all(&bare.db)
        .await?;
    let more = rows.len() as u64 > PAGE;
    rows.truncate(PAGE as usize);
    let sites = sites(&bare.db, &rows).await?;
    let host = headers.get(header::HOST).and_then(|host| host.to_str().ok()).unwrap_or_default();
    let last = rows.last().filter(|_| more).map(|row| row.id);
    let next = last.map(|key| {
        let query = query.unwrap_or_default();
        format!("http://{host}/api/issues/transfer/?{query}&page=2&after={key}")
    });
    let results = rows.iter().map(|row| shown(row, &sites)).collect();
    Ok(written(StatusCode::OK, &Page { count: bare.count, next, previous: None, results }))
}

async fn one(State(bare): State<Bare>, Path(id): Path<i64>) -> Result<Response, Fault> {
    let row = issue::Entity::find()
        .filter(Column::Operation.ne(Operation::Workflow))
        .filter(Column::Id.eq(id))
        .limit(1)
        .one(&bare.db)
        .await?;
    let Some(row) = row else { return Ok(StatusCode::NOT_FOUND.into_response()) };
    let sites = sites(&bare.db, std::slice::from_ref(&row)).await?;
    Ok(written(StatusCode::OK, &shown(&row, &sites)))
}

/// Finds the action of that name or makes it, and writes down that it did.
async fn create(State(bare): State<Bare>, Json(wanted): Json<Wanted>) -> Result<Response, Fault> {
    let txn = bare.db.begin().await?;
    let known = action::Entity::find().filter(action::Column::Name.eq(&*wanted.action)).one(&txn).await?;
    let (status, row) = match known {
        Some(row) => (StatusCode::OK, row),
        None => (StatusCode::CREATED, make(&txn, wanted.action).await?),
    };
    txn.commit().await?;
    Ok(written(status, &Action { id: row.id, action: &row.name, last_modified: row.updated_at }))
}

async fn make(txn: &sea_orm::DatabaseTransaction, name: String) -> Result<action::Model, sea_orm::DbErr> {
    let now = chrono::DateTime::<chrono::Utc>::from(std::time::SystemTime::now());
    let new = action::ActiveModel {
        name: Set(name),
        kind: Set(action::Kind::Internal),
        is_retired: Set(false),
        created_at: Set(now),
        updated_at: Set(now),
        version: Set(1),
        ..Default::default()
    };
    let row = new.insert(txn).await?;
    let told = audit_log::ActiveModel {
        at: Set(now),
        username: Set("bench".to_owned()),
        source: Set(audit_log::Source::Api),
        verb: Set(audit_log::Verb::Add),
        resource: Set("actions".to_owned()),
        object_pk: Set(row.id.to_string()),
        object_label: Set(row.name.clone()),
        changes: Set("{}".to_owned()),
        ..Default::default()
    };
    audit_log::Entity::insert(told).exec_without_returning(txn).await?;
    Ok(row)
}

/// Names of the sites of some issues.
async fn sites(
    db: &DatabaseConnection,
    rows: &[issue::Model],
) -> Result<HashMap<i64, String>, sea_orm::DbErr> {
    let keys: BTreeSet<i64> =
        rows.iter().flat_map(|row| [row.src_site_id, row.dst_site_id]).flatten().collect();
    let named: Vec<(i64, String)> = site::Entity::find()
        .filter(site::Column::Id.is_in(keys))
        .select_only()
        .columns([site::Column::Id, site::Column::Name])
        .into_tuple()
        .all(db)
        .await?;
    Ok(named.into_iter().collect())
}

fn shown<'a>(row: &'a issue::Model, sites: &'a HashMap<i64, String>) -> Row<'a> {
    let name = |key: Option<i64>| key.and_then(|key| sites.get(&key)).map_or("UNKNOWN", String::as_str);
    Row {
        id: row.id,
        message: &row.message,
        src_site: name(row.src_site_id),
        dst_site: name(row.dst_site_id),
        category: row.category_id,
        amount: row.failures_total,
        operation: match row.operation {
            Operation::Transfer => "transfer-failure",
            Operation::Deletion => "deletion-failure",
            Operation::Staging => "staging-failure",
            Operation::Workflow => "workflow-failure",
        },
        status: match row.status {
            Status::New => "New",
            Status::Ongoing => "Ongoing",
            Status::Resolved => "Resolved",
            Status::Muted => "Muted",
        },
        last_modified: row.updated_at,
    }
}

fn moment<S: Serializer>(moment: &DateTime<Utc>, serializer: S) -> Result<S::Ok, S::Error> {
    serializer.collect_str(&moment.format("%Y-%m-%dT%H:%M:%S%.6fZ"))
}

fn written(status: StatusCode, value: &impl Serialize) -> Response {
    match serde_json::to_vec(value) {
        Ok(body) => (status, [(header::CONTENT_TYPE, "application/json")], body).into_response(),
        Err(error) => (StatusCode::INTERNAL_SERVER_ERROR, error.to_string()).into_response(),
    }
}
