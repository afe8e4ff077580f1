//! Keys for programs: made, looked up, and who they stand for.
//!
//! Only a hash is kept: a token has 192 random bits, so that a plain SHA-256 cannot be searched backwards (as
//! GitHub and GitLab keep theirs).
use crate::admin::{Actor, Deed, Registry, Save, Saved, Target, Verb};
use crate::app::{App, random_token};
use crate::auth::account;
use crate::auth::session::digest;
use crate::error::Result;
use chrono::{DateTime, TimeDelta, Utc};
use entity::{api_token, group, group_permission, permission, user};
use sea_orm::{
    ColumnTrait, DatabaseTransaction, EntityTrait, JoinType, QueryFilter, QuerySelect, RelationTrait,
};
use std::collections::HashSet;
use std::sync::Arc;
use std::time::Duration;

/// Before a token, so that people and scanners recognise one.
const PREFIX: &str = "opint_";
/// Characters of a token that are shown later.
const SHOWN: usize = 12;
/// A token looked up is believed for so long by this process; a change that this process makes counts at once.
const BELIEVED: Duration = Duration::from_secs(5);
/// Tokens known by heart, at most.
const KNOWN: u64 = 1000;
/// The last use is written down no more often than this.
const WRITTEN: TimeDelta = TimeDelta::minutes(1);

/// A new token: shown once, then forgotten.
pub struct Made {
    /// The token.
    pub token: String,
    /// Its row.
    pub saved: Saved,
}

/// Makes a token through the same save as every other record.
///
/// # Errors
/// As [`Save::run`].
pub async fn make_token(
    app: &App,
    txn: &DatabaseTransaction,
    deed: &Deed,
    user: i64,
    scopes: &[String],
    input: &crate::admin::Input,
) -> Result<Made> {
    let token = format!("{PREFIX}{}", random_token());
    let scopes = (!scopes.is_empty()).then(|| scopes.join(" "));
    let given = vec![
        ("user_id", user.into()),
        ("token_hash", digest(&token).into()),
        ("prefix", token[..SHOWN].into()),
        ("scopes", scopes.into()),
    ];
    let resource = app.registry.get("api-tokens")?;
    let saved = Save { registry: &app.registry, resource, deed, given }.run(txn, Target::New, input).await?;
    Ok(Made { token, saved })
}

/// Who a token stands for.
#[derive(Clone)]
pub(super) struct Bearer {
    /// Key of the token.
    pub(super) token: i64,
    /// With the token's rights.
    pub(super) actor: Arc<Actor>,
    expires_at: Option<DateTime<Utc>>,
    used_at: Option<DateTime<Utc>>,
}

/// Tokens that were looked up a moment ago.
pub(super) struct Callers {
    tokens: moka::future::Cache<(String, u64), Option<Bearer>>,
    anonymous: moka::future::Cache<u64, Arc<Actor>>,
}

impl Callers {
    pub(super) fn new() -> Self {
        let cache = moka::future::Cache::builder().max_capacity(KNOWN).time_to_live(BELIEVED).build();
        let anonymous = moka::future::Cache::builder().max_capacity(2).time_to_live(BELIEVED).build();
        Self { tokens: cache, anonymous }
    }

    /// Who a token stands for, if it is valid.
    pub(super) async fn bearer(&self, app: &App, token: &str) -> Result<Option<Bearer>> {
        let now = app.now();
        // What this process writes makes what it knew worthless: a token just revoked, an account closed.
        let key = (digest(token), app.counts.accounts());
        let bearer = match self.tokens.get(&key).await {
            Some(known) => known,
            None => {
                let found = find(app, &key.0, now).await?;
                self.tokens.insert(key.clone(), found.clone()).await;
                found
            }
        };
        let Some(bearer) = bearer.filter(|bearer| bearer.expires_at.is_none_or(|end| end > now)) else {
            return Ok(None);
        };
        if bearer.used_at.is_none_or(|at| now - at >= WRITTEN) {
            used(app, bearer.token, now).await?;
            self.tokens.insert(key, Some(Bearer { used_at: Some(now), ..bearer.clone() })).await;
        }
        Ok(Some(bearer))
    }

    /// Nobody, with the rights to look that the group Viewers has.
    pub(super) async fn anonymous(&self, app: &App) -> Result<Arc<Actor>> {
        let key = app.counts.accounts();
        if let Some(known) = self.anonymous.get(&key).await {
            return Ok(known);
        }
        let rights: Vec<String> = group_permission::Entity::find()
            .join(JoinType::InnerJoin, group_permission::Relation::Group.def())
            .join(JoinType::InnerJoin, group_permission::Relation::Permission.def())
            .filter(group::Column::Name.eq("Viewers"))
            .filter(permission::Column::Verb.eq(Verb::View.name()))
            .select_only()
            .column(permission::Column::Codename)
            .into_tuple()
            .all(&app.db)
            .await?;
        let actor = Arc::new(Actor {
            username: "anonymous".into(),
            name: "anonymous".into(),
            permissions: rights.into_iter().collect(),
            ..Actor::default()
        });
        self.anonymous.insert(key, actor.clone()).await;
        Ok(actor)
    }
}

async fn find(app: &App, hash: &str, now: DateTime<Utc>) -> Result<Option<Bearer>> {
    let found = api_token::Entity::find()
        .filter(api_token::Column::TokenHash.eq(hash))
        .find_also_related(user::Entity)
        .one(&app.db)
        .await?;
    let Some((token, Some(user))) = found else { return Ok(None) };
    if token.revoked_at.is_some() || token.expires_at.is_some_and(|end| end <= now) || !user.is_active {
        return Ok(None);
    }
    let mut actor = account::actor(app, &user).await?;
    if let Some(scopes) = &token.scopes {
        narrow(&mut actor, &app.registry, scopes);
    }
    Ok(Some(Bearer {
        token: token.id,
        actor: Arc::new(actor),
        expires_at: token.expires_at,
        used_at: token.last_used_at,
    }))
}

/// Leaves an actor only what both they and the scopes allow.
fn narrow(actor: &mut Actor, registry: &Registry, scopes: &str) {
    let scopes: HashSet<&str> = scopes.split_whitespace().collect();
    let allowed = |slug: &str, verb: Verb| {
        let kind = if verb == Verb::View { "read" } else { "write" };
        scopes.contains(format!("{slug}:{kind}").as_str())
            // Whoever may write may look at what was written.
            || (verb == Verb::View && scopes.contains(format!("{slug}:write").as_str()))
    };
    let both = registry.iter().flat_map(|resource| {
        let meta = resource.meta();
        Verb::ALL.into_iter().filter(|verb| allowed(meta.slug, *verb)).map(|verb| (meta.slug, verb))
    });
    let both = both.filter(|(slug, verb)| actor.may(slug, *verb));
    let permissions = both.map(|(slug, verb)| format!("{slug}.{}", verb.name())).collect();
    actor.permissions = permissions;
    actor.is_superuser = false;
}

async fn used(app: &App, token: i64, now: DateTime<Utc>) -> Result<()> {
    api_token::Entity::update_many()
        .col_expr(api_token::Column::LastUsedAt, sea_orm::sea_query::Expr::val(now))
        .filter(api_token::Column::Id.eq(token))
        .exec(&app.db)
        .await?;
    Ok(())
}
