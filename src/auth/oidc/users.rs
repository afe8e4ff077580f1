//! The account of somebody who signed in at the provider: found by what the provider calls them, made if there is none.
//! Never by name or address, which anybody may choose: no local account is taken over.
use super::claims::text;
use super::exchange::Said;
use super::groups::{self, DECIDED};
use crate::admin::{Actor, Deed, Input, Save, Target, key_number};
use crate::auth::account::{self, check_email, unusable_password};
use crate::config::Oidc;
use crate::error::{Error, Result};
use crate::web::Visit;
use entity::audit_log::Source;
use entity::{group, identity, user, user_group};
use sea_orm::{
    ActiveValue::Set, ColumnTrait, ConnectionTrait, DatabaseTransaction, EntityTrait, QueryFilter, SqlErr,
};
use std::collections::BTreeSet;
use unicode_normalization::UnicodeNormalization;

/// Longest name given to an account: in lower case, and with a number after it, it may be twice as long.
const LONGEST_NAME: usize = 70;
/// Longest first or last name.
const LONGEST: usize = 150;
/// Longest address.
const LONGEST_EMAIL: usize = 254;
/// Numbers tried after a name that is taken.
const NUMBERS: u32 = 100;

/// Somebody as the provider describes them.
pub(super) struct Person {
    issuer: String,
    subject: String,
    /// Name for an account that is made.
    name: String,
    /// What is refreshed at each sign-in: fields and their values, those that the provider gives.
    fields: Vec<(&'static str, String)>,
    groups: BTreeSet<&'static str>,
}

impl Person {
    pub(super) fn of(oidc: &Oidc, said: &Said) -> Self {
        let claim = |name| text(&said.claims, name);
        let local_part = claim("email").and_then(|email| email.split('@').next());
        let names = [claim("preferred_username"), local_part, Some(said.subject.as_str())];
        let name = names.into_iter().flatten().map(account_name).find(|name| !name.is_empty());
        let email = claim("email").filter(|email| email.len() <= LONGEST_EMAIL && check_email(email).is_ok());
        let both = [("first_name", claim("given_name")), ("last_name", claim("family_name"))];
        let name_parts = match both {
            // One name in all.
            [(first, None), (last, None)] => [(first, claim("name")), (last, None)],
            both => both,
        };
        let fields = name_parts
            .into_iter()
            .filter_map(|(field, name)| Some((field, plain(name?))))
            .chain(email.map(|email| ("email", email.to_owned())));
        Self {
            issuer: oidc.issuer.clone(),
            subject: said.subject.clone(),
            name: name.unwrap_or_else(|| "user".into()),
            fields: fields.collect(),
            groups: groups::ours(oidc, &said.claims),
        }
    }
}

/// What can stand in an account's name; other letters become hyphens.
fn account_name(text: &str) -> String {
    let fits = |letter: char| letter.is_alphanumeric() || "@.+-_".contains(letter);
    let name: String =
        text.nfkc().map(|letter| if fits(letter) { letter } else { '-' }).take(LONGEST_NAME).collect();
    name.trim_matches('-').to_owned()
}

/// Without control characters, which no name has and PostgreSQL does not keep.
fn plain(text: &str) -> String {
    let text: String = text.chars().filter(|letter| !letter.is_control()).take(LONGEST).collect();
    text.trim().to_owned()
}

/// Their account as it is from now on; none if it may not sign in.
pub(super) async fn admit(visit: &Visit, person: &Person) -> Result<Option<user::Model>> {
    match once(visit, person).await {
        // Two tabs of somebody new, at once: the slower one finds what the faster one made.
        Err(Error::Invalid(_) | Error::Conflict) => once(visit, person).await,
        other => other,
    }
}

async fn once(visit: &Visit, person: &Person) -> Result<Option<user::Model>> {
    let app = &visit.app;
    let txn = crate::db::begin(&app.db).await?;
    let id = match known(&txn, &person.issuer, &person.subject).await?.map(|row| row.user_id) {
        Some(id) => {
            let may = user::Entity::find_by_id(id).one(&txn).await?;
            if !may.is_some_and(|user| user.is_active && user.is_staff) {
                return Ok(None);
            }
            refresh(visit, &txn, person, id).await?;
            id
        }
        None => make(visit, &txn, person).await?,
    };
    let user = user::Entity::find_by_id(id).one(&txn).await?;
    txn.commit().await?;
    app.counts.forget();
    Ok(user)
}

/// Whose account somebody at the provider has.
pub(super) async fn known(
    db: &impl ConnectionTrait,
    issuer: &str,
    subject: &str,
) -> Result<Option<identity::Model>> {
    let rows = identity::Entity::find()
        .filter(identity::Column::Issuer.eq(issuer))
        .filter(identity::Column::Subject.eq(subject))
        .all(db)
        .await?;
    // MariaDB does not look at blanks at the end.
    Ok(rows.into_iter().find(|row| row.issuer == issuer && row.subject == subject))
}

async fn refresh(visit: &Visit, txn: &DatabaseTransaction, person: &Person, id: i64) -> Result<()> {
    let resource = visit.app.registry.get("users")?;
    let input = input(txn, person, Some(id)).await?;
    let deed = deed(visit);
    let save = Save { registry: &visit.app.registry, resource, deed: &deed, given: Vec::new() };
    save.run(txn, Target::Row(&id.to_string(), None), &input).await?;
    Ok(())
}

async fn make(visit: &Visit, txn: &DatabaseTransaction, person: &Person) -> Result<i64> {
    let mut input = input(txn, person, None).await?;
    input.set("username", free_name(txn, &person.name).await?);
    let saved = account::create(&visit.app, txn, &deed(visit), unusable_password(), &input).await?;
    let id = key_number(saved.row.key()).ok_or(Error::NotFound)?;
    let row = identity::ActiveModel {
        user_id: Set(id),
        issuer: Set(person.issuer.clone()),
        subject: Set(person.subject.clone()),
        created_at: Set(visit.now),
        ..Default::default()
    };
    identity::Entity::insert(row).exec_without_returning(txn).await.map_err(|error| {
        match error.sql_err() {
            Some(SqlErr::UniqueConstraintViolation(_)) => Error::Conflict,
            _ => error.into(),
        }
    })?;
    Ok(id)
}

/// What the provider decides about; everything else stays as it is.
async fn input(db: &impl ConnectionTrait, person: &Person, user: Option<i64>) -> Result<Input> {
    let mut input = Input::partial([]);
    for (field, value) in &person.fields {
        input.set(field, value.as_str());
    }
    let decided = group::Entity::find().filter(group::Column::Name.is_in(DECIDED)).all(db).await?;
    for missing in person.groups.iter().filter(|name| !decided.iter().any(|group| group.name == **name)) {
        tracing::warn!(group = missing, "single sign-on gives a group that is not there any more");
    }
    let mut groups: Vec<i64> = match user {
        Some(user) => {
            let pairs =
                user_group::Entity::find().filter(user_group::Column::UserId.eq(user)).all(db).await?;
            let kept = pairs.into_iter().map(|pair| pair.group_id);
            kept.filter(|id| decided.iter().all(|group| group.id != *id)).collect()
        }
        None => Vec::new(),
    };
    let given = decided.iter().filter(|group| person.groups.contains(group.name.as_str()));
    groups.extend(given.map(|group| group.id));
    input.replace("groups", groups.into_iter().map(|id| id.to_string()).collect());
    Ok(input)
}

/// The name, or the name with the first number that nobody has.
async fn free_name(db: &impl ConnectionTrait, name: &str) -> Result<String> {
    if account::by_name(db, name).await?.is_none() {
        return Ok(name.to_owned());
    }
    for number in 2..NUMBERS {
        let numbered = format!("{name}-{number}");
        if account::by_name(db, &numbered).await?.is_none() {
            return Ok(numbered);
        }
    }
    Ok(format!("{name}-{}", crate::app::random_token()))
}

/// Nobody here does it: the history says that the provider did.
fn deed(visit: &Visit) -> Deed {
    let name = "single sign-on".to_owned();
    Deed {
        actor: Actor { username: name.clone(), name, ..Actor::system() },
        request_id: Some(visit.request_id.clone()).filter(|id| !id.is_empty()),
        address: Some(visit.address.clone()),
        ..Deed::system(Source::System, visit.now)
    }
}

#[cfg(test)]
mod tests {
    use super::account_name;
    use crate::auth::account::check_username;
    use proptest::prelude::*;

    #[test]
    fn names_keep_what_a_name_can_have() {
        for (given, name) in [
            ("zoe", "zoe"),
            ("Zoë Müller", "Zoë-Müller"),
            ("<b>x</b>", "b-x--b"),
            ("a\0b", "a-b"),
            ("ﬁx", "fix"),
            ("///", ""),
        ] {
            assert_eq!(account_name(given), name, "{given}");
        }
    }

    proptest! {
        #[test]
        fn every_name_made_is_one_that_can_be_kept(given in any::<String>()) {
            let name = account_name(&given);
            prop_assert!(check_username(&name).is_ok(), "{}", name);
            prop_assert!(crate::auth::account::username_key(&name).chars().count() <= 2 * super::LONGEST_NAME);
        }
    }
}
