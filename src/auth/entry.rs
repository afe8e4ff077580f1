//! Coming in and going out, however somebody showed who they are.
use super::{account, session};
use crate::admin::{Deed, history};
use crate::error::Result;
use crate::web::{Visit, broken};
use entity::audit_log::{self, Source, Verb};
use entity::user;
use sea_orm::{ActiveValue::Set, EntityTrait};

/// What is said whenever somebody is not let in: nobody learns which accounts exist.
pub(super) const REFUSED: &str = "User name or password is wrong.";

/// Opens a session under a new id, with a new token. `provider` is the digest of the session at an identity
/// provider that it came from.
pub(crate) async fn enter(visit: &Visit, user: user::Model, provider: Option<String>) -> Result<()> {
    visit.session.clear().await;
    visit.session.cycle_id().await.map_err(broken)?;
    visit.session.insert(session::USER, user.id).await.map_err(broken)?;
    visit.session.insert(session::STAMP, account::stamp(&user)).await.map_err(broken)?;
    for when in [session::SINCE, session::SEEN] {
        visit.session.insert(when, visit.now.timestamp()).await.map_err(broken)?;
    }
    for (name, text) in [(session::FROM, &visit.address), (session::AGENT, &visit.agent)] {
        visit.session.insert(name, text).await.map_err(broken)?;
    }
    visit.session.insert(session::CSRF, crate::app::random_token()).await.map_err(broken)?;
    if let Some(provider) = provider {
        visit.session.insert(session::PROVIDER, provider).await.map_err(broken)?;
    }
    let login =
        user::ActiveModel { id: Set(user.id), last_login: Set(Some(visit.now)), ..Default::default() };
    user::Entity::update(login).exec(&visit.app.db).await?;
    log(visit, &user.username, user.id, Verb::SignIn).await
}

/// Ends the session; says whether it came from an identity provider, where another one may go on.
pub(super) async fn leave(visit: &Visit, username: &str, id: i64) -> Result<bool> {
    log(visit, username, id, Verb::SignOut).await?;
    let provider = visit.session.get::<String>(session::PROVIDER).await.map_err(broken)?;
    visit.session.flush().await.map_err(broken)?;
    Ok(provider.is_some())
}

/// Notes that somebody ended sessions of an account, their own or another's.
pub(super) async fn log_ended(visit: &Visit, user: &user::Model, which: &str) -> Result<()> {
    let changes = history::Changes::from([("Session".to_owned(), [Some(which.to_owned()), None])]);
    let entry = history::entry(
        &visit.deed()?,
        Verb::SignOut,
        "users",
        &user.id.to_string(),
        &user.username,
        &changes,
    );
    audit_log::Entity::insert(entry).exec_without_returning(&visit.app.db).await?;
    Ok(())
}

async fn log(visit: &Visit, username: &str, id: i64, verb: Verb) -> Result<()> {
    let mut deed = Deed::system(Source::Form, visit.now);
    deed.actor.id = Some(id);
    deed.actor.username = username.to_owned();
    deed.address = Some(visit.address.clone());
    deed.request_id = Some(visit.request_id.clone());
    let entry = history::entry(&deed, verb, "users", &id.to_string(), username, &history::Changes::new());
    audit_log::Entity::insert(entry).exec_without_returning(&visit.app.db).await?;
    Ok(())
}
