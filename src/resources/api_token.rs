//! Keys for programs; only their hashes are kept.
use crate::admin::{Col, Fieldset, Resource, Search, Section, Show, Verb, col, fieldset, grants};
use entity::api_token::{Column::*, Entity, Model};
use sea_orm::Order;

pub(super) struct ApiTokens;

impl Resource for ApiTokens {
    type Entity = Entity;

    const SLUG: &'static str = "api-tokens";
    const NAME: (&'static str, &'static str) = ("API token", "API tokens");
    const ABOUT: &'static str = "Keys for programs.";
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
    // Tokens are made where they are shown once, not on a form.
    const VERBS: &'static [Verb] = &[Verb::View, Verb::Change, Verb::Delete];
    const GRANTS: &'static [(&'static str, &'static [Verb])] = grants::NONE;

    fn label(row: &Model) -> String {
        row.name.clone()
    }
}
