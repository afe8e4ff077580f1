//! Who did what: written by every write, changed by nobody.
use crate::admin::{
    Choices, Col, Resource, Search, Section, Show, Tone, Tones, Verb as May, View, choices, col, grants, view,
};
use entity::audit_log::{Column::*, Entity, Model, Source, Verb};
use sea_orm::{ActiveEnum, Order};

pub(super) struct AuditLog;

impl Resource for AuditLog {
    type Entity = Entity;

    const SLUG: &'static str = "audit-log";
    const NAME: (&'static str, &'static str) = ("audit entry", "audit entries");
    const ABOUT: &'static str = "Who did what, when, and from where.";
    const ICON: &'static str = "i-clock";
    const SECTION: Section = Section::Admin;
    const LIST: &'static [Show<Self>] = &[
        col(Id),
        col(At),
        col(Username),
        col(Verb),
        col(Resource),
        col(ObjectPk),
        col(ObjectLabel),
        col(Source),
        col(Address),
    ];
    const SEARCH: &'static [Search<Self>] =
        &[Search::Starts(Username), Search::Contains(ObjectLabel), Search::Exact(RequestId)];
    const FILTERS: &'static [Col<Self>] = &[Verb, UserId, Resource, ObjectPk, Operation, Source, At];
    const DATES: Option<Col<Self>> = Some(At);
    const VIEWS: &'static [View] = &[
        view("mine", "Mine", "user__exact=me"),
        view("day", "Last 24 hours", "at__gte=-24h"),
        view("deleted", "Deleted", "verb__exact=delete"),
    ];
    const ORDER: &'static [(Col<Self>, Order)] = &[(At, Order::Desc)];
    const UNSORTED: &'static [Col<Self>] =
        &[Username, Verb, Resource, ObjectPk, ObjectLabel, Source, Address];
    const CHOICES: &'static [Choices<Self>] = &[choices(Source, Source::values), choices(Verb, Verb::values)];
    const TONES: &'static [(Col<Self>, Tones)] = &[(
        Verb,
        &[("add", Tone::Good), ("change", Tone::Info), ("delete", Tone::Bad), ("refused", Tone::Warn)],
    )];
    const TITLES: &'static [(Col<Self>, &'static str)] = &[
        (At, "When"),
        (Username, "Who"),
        (Verb, "What"),
        (ObjectPk, "Key"),
        (ObjectLabel, "Record"),
        (Source, "By"),
        (Address, "From"),
    ];
    const READONLY: &'static [Col<Self>] = &[Trace];
    // Exact values are for taking back; people read the changes in words.
    const SECRET: &'static [Col<Self>] = &[Trace];
    const VERBS: &'static [May] = &[May::View];
    const GRANTS: &'static [(&'static str, &'static [May])] = grants::NONE;

    fn links(row: &Model) -> Vec<(String, String)> {
        let known = row.object_pk.parse::<i64>().is_ok();
        let history = || {
            ("History of the record".into(), format!("/admin/{}/{}/history/", row.resource, row.object_pk))
        };
        known.then(history).into_iter().collect()
    }

    fn label(row: &Model) -> String {
        format!("{} {} {}", row.username, row.verb.to_value(), row.object_label)
    }
}
