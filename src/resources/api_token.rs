//! Keys for programs; only their hashes are kept.
use crate::admin::{Col, Fieldset, Resource, Search, Section, Show, Verb, col, fieldset, grants};
use entity::api_token::{Column::*, Entity, Model};
use sea_orm::Order;

pub(super) struct ApiTokens;

impl Resource for ApiTokens {
    type Entity = Entity;

    const SLUG: &'static str = "api-tokens";
    const NAME: (&'static str, &'static str) = ("API token", "API tokens");
    const ABOUT: &'static str = "Keys for programs, each with the rights of a user or fewer.";
    const ICON: &'static str = "i-key";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] =
        &[col(Name), col(Prefix), col(UserId), col(ExpiresAt), col(LastUsedAt), col(RevokedAt)];
    const SEARCH: &'static [Search<Self>] = &[Search::Contains(Name), Search::Starts(Prefix)];
    const FILTERS: &'static [Col<Self>] = &[UserId, ExpiresAt, RevokedAt];
    const ORDER: &'static [(Col<Self>, Order)] = &[(Name, Order::Asc)];
    const FIELDSETS: &'static [Fieldset<Self>] = &[
        fieldset("", &[Name, ExpiresAt]),
        fieldset("How it is used", &[UserId, Prefix, Scopes, LastUsedAt, RevokedAt]),
    ];
    const READONLY: &'static [Col<Self>] = &[UserId, Prefix, Scopes, TokenHash, LastUsedAt, RevokedAt];
    const SECRET: &'static [Col<Self>] = &[TokenHash];
    // A token is shown once, on a page of its own.
    const ADD_PAGE: bool = true;
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (UserId, "Stands for"),
        (Prefix, "Begins with"),
        (ExpiresAt, "Valid until"),
        (LastUsedAt, "Last used"),
        (RevokedAt, "Revoked"),
    ];
    const HELP: &'static [(Col<Self>, &'static str)] = &[
        (Name, "What it is for."),
        (ExpiresAt, "Empty: for ever."),
        (Scopes, "What it may do; everything its user may if empty."),
    ];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::NONE;

    fn label(row: &Model) -> String {
        row.name.clone()
    }

    fn links(row: &Model) -> Vec<(String, String)> {
        match row.revoked_at {
            None => vec![("Revoke".into(), format!("/admin/api-tokens/{}/revoke/", row.id))],
            Some(_) => Vec::new(),
        }
    }
}
