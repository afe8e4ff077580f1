//! Accounts: looked up, made, given a password; shared by pages and commands.
use super::legacy;
use super::password::{self, UNUSABLE};
use super::session::digest;
use crate::admin::{Actor, Deed, Input, Save, Saved, Target};
use crate::app::{App, random_token};
use crate::error::{Error, Errors, Result};
use entity::user::{Column, Entity, Model};
use sea_orm::sea_query::{Expr, ExprTrait};
use sea_orm::{ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter};
use unicode_normalization::UnicodeNormalization;

/// The form in which user names are compared: NFKC, lower case.
#[must_use]
pub fn username_key(username: &str) -> String {
    username.trim().nfkc().collect::<String>().to_lowercase()
}

/// Letters, digits and `@ . + - _`, as Django has it.
///
/// # Errors
/// What is wrong, for the field.
pub fn check_username(username: &str) -> Result<(), String> {
    let odd = username.nfkc().find(|letter| !letter.is_alphanumeric() && !"@.+-_".contains(*letter));
    match odd {
        Some(letter) => Err(format!("A user name has letters, digits and @ . + - _ only, not “{letter}”.")),
        None => Ok(()),
    }
}

/// An address with an at sign and a domain.
///
/// # Errors
/// What is wrong, for the field.
pub fn check_email(email: &str) -> Result<(), String> {
    if validator::ValidateEmail::validate_email(&email) {
        Ok(())
    } else {
        Err("Enter an e-mail address, such as name@example.org.".into())
    }
}

/// The user of that name, whatever its case.
///
/// # Errors
/// When the database does not answer.
pub async fn by_name(db: &impl ConnectionTrait, username: &str) -> Result<Option<Model>> {
    // PostgreSQL refuses a NUL in any text, and no name has one.
    if username.contains('\0') {
        return Ok(None);
    }
    Ok(Entity::find().filter(Column::UsernameKey.eq(username_key(username))).one(db).await?)
}

/// What a session remembers of the password: another password, another stamp.
#[must_use]
pub fn stamp(user: &Model) -> String {
    digest(&format!("session of {} with {}", user.id, user.password))[..32].to_owned()
}

/// Whether there is a password that opens the account.
#[must_use]
pub fn has_password(user: &Model) -> bool {
    !user.password.starts_with(UNUSABLE)
}

/// Whether the password is this user's, or nobody's after the same time.
///
/// # Errors
/// [`Error::TooSlow`] when too many wait, or what the database says.
pub async fn check(app: &App, user: Option<&Model>, password: &str) -> Result<bool> {
    let moved = Entity::find()
        .filter(Column::Password.like("pbkdf2_%").or(Column::Password.like("argon2$%")))
        .one(&app.db)
        .await?;
    let hash = user.map(|user| user.password.clone());
    app.hasher.verify_among(password.to_owned(), hash, moved.map(|user| user.password)).await
}

/// Hashes the password of a user who was moved in as ours are; before the session is opened, whose stamp is made
/// from the hash. Nothing else of the account changes, and it is no change of the password.
///
/// # Errors
/// [`Error::TooSlow`] when too many wait, or what the database says.
pub async fn renew(app: &App, user: Model, password: String) -> Result<Model> {
    if !legacy::is_legacy(&user.password) {
        return Ok(user);
    }
    let hash = app.hasher.hash(password).await?;
    // Only over the hash that was checked: somebody may have set another password meanwhile.
    Entity::update_many()
        .col_expr(Column::Password, Expr::value(hash))
        .filter(Column::Id.eq(user.id))
        .filter(Column::Password.eq(&*user.password))
        .exec(&app.db)
        .await?;
    Ok(Entity::find_by_id(user.id).one(&app.db).await?.unwrap_or(user))
}

/// The user as somebody who acts.
///
/// # Errors
/// When the database does not answer.
pub async fn actor(app: &App, user: &Model) -> Result<Actor> {
    let permissions = if user.is_superuser {
        Default::default()
    } else {
        super::permission::of_user(&(&app.db).into(), user.id).await?
    };
    let full = [user.first_name.as_deref(), user.last_name.as_deref()]
        .into_iter()
        .flatten()
        .collect::<Vec<_>>()
        .join(" ");
    Ok(Actor {
        id: Some(user.id),
        username: user.username.clone(),
        name: if full.is_empty() { user.username.clone() } else { full },
        is_superuser: user.is_superuser,
        has_password: has_password(user),
        permissions,
    })
}

/// A new password as typed twice.
#[derive(Clone, Debug, Default)]
pub struct NewPassword {
    /// First time.
    pub first: String,
    /// Second time.
    pub second: String,
}

impl NewPassword {
    /// Everything wrong with it, by field; `about` is what it must not be like.
    #[must_use]
    pub fn errors(&self, names: [&str; 2], about: &[&str]) -> Errors {
        let mut errors = Errors::new();
        for (name, text) in [(names[0], &self.first), (names[1], &self.second)] {
            if text.is_empty() {
                errors.insert(name.to_owned(), vec!["This field is required.".into()]);
            }
        }
        if errors.is_empty() && self.first != self.second {
            errors.insert(names[1].to_owned(), vec!["The two passwords differ.".into()]);
        }
        if errors.is_empty() {
            let problems = password::problems(&self.first, about);
            if !problems.is_empty() {
                errors.insert(names[1].to_owned(), problems);
            }
        }
        errors
    }
}

/// A password that nobody has, kept for accounts that sign in elsewhere.
#[must_use]
pub fn unusable_password() -> String {
    format!("{UNUSABLE}{}", random_token())
}

/// Makes an account, through the same save as every other record.
///
/// # Errors
/// As [`Save::run`].
pub async fn create(
    app: &App,
    txn: &DatabaseTransaction,
    deed: &Deed,
    hash: String,
    input: &Input,
) -> Result<Saved> {
    let resource = app.registry.get("users")?;
    let save = Save { registry: &app.registry, resource, deed, given: vec![("password", hash.into())] };
    save.run(txn, Target::New, input).await
}

/// Gives an account another password. Its sessions end by themselves, since their stamp is wrong.
///
/// # Errors
/// As [`Save::run`].
pub async fn set_password(
    app: &App,
    txn: &DatabaseTransaction,
    deed: &Deed,
    user: i64,
    hash: String,
) -> Result<Saved> {
    let resource = app.registry.get("users")?;
    let save = Save { registry: &app.registry, resource, deed, given: vec![("password", hash.into())] };
    save.run(txn, Target::Row(&user.to_string(), None), &Input::partial([])).await
}

/// Makes a superuser from the command line or the environment.
///
/// # Errors
/// [`Error::Invalid`] with what is wrong by field.
pub async fn create_superuser(
    app: &App,
    deed: &Deed,
    username: &str,
    email: &str,
    password: String,
) -> Result<Saved> {
    let problems = password::problems(&password, &[username, email]);
    if !problems.is_empty() {
        return Err(Error::Invalid(Errors::from([("password".into(), problems)])));
    }
    let hash = app.hasher.hash(password).await?;
    let mut input = Input::partial([]);
    input.set("username", username);
    input.set("email", email);
    for flag in ["is_active", "is_staff", "is_superuser"] {
        input.set(flag, "true");
    }
    let txn = crate::db::begin(&app.db).await?;
    let saved = create(app, &txn, deed, hash, &input).await?;
    txn.commit().await?;
    Ok(saved)
}
