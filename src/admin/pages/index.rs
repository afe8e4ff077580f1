//! The index: what one may work with, and what one did last.
use crate::admin::{Verb, capitalise};
use crate::error::Result;
use crate::web::{Chrome, Crumb, Visit, render};
use askama::Template;
use axum::http::StatusCode;
use axum::response::Response;
use entity::audit_log;
use sea_orm::{ColumnTrait, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

#[derive(Template)]
#[template(path = "admin/index.html")]
struct IndexPage {
    chrome: Chrome,
    sections: Vec<(&'static str, Vec<Card>)>,
    recent: Vec<Entry>,
}

struct Card {
    title: String,
    about: &'static str,
    icon: &'static str,
    list: Option<String>,
    add: Option<String>,
    verb: &'static str,
}

struct Entry {
    verb: &'static str,
    tone: &'static str,
    label: String,
    kind: String,
    href: Option<String>,
    at: chrono::DateTime<chrono::Utc>,
}

/// `GET /admin/`
pub async fn index(visit: Visit) -> Result<Response> {
    let actor = visit.actor()?;
    let mut sections = Vec::new();
    for (title, section) in
        [("Records", crate::admin::Section::Records), ("Admin", crate::admin::Section::Admin)]
    {
        let metas =
            visit.app.registry.iter().map(|resource| resource.meta()).filter(|meta| meta.section == section);
        let cards: Vec<Card> = metas
            .filter(|meta| Verb::ALL.iter().any(|verb| actor.may(meta.slug, *verb)))
            .map(|meta| Card {
                title: capitalise(meta.plural),
                about: meta.about,
                icon: meta.icon,
                list: actor.may(meta.slug, Verb::View).then(|| format!("/admin/{}/", meta.slug)),
                add: (meta.offers(Verb::Add) && actor.may(meta.slug, Verb::Add))
                    .then(|| format!("/admin/{}/add/", meta.slug)),
                verb: if meta.offers(Verb::Change) && actor.may(meta.slug, Verb::Change) {
                    "Change"
                } else {
                    "View"
                },
            })
            .collect();
        if !cards.is_empty() {
            sections.push((title, cards));
        }
    }
    let recent = recent(&visit).await?;
    let page =
        IndexPage { chrome: visit.chrome("Admin", vec![Crumb::here("Admin")]).await?, sections, recent };
    render(StatusCode::OK, &page)
}

async fn recent(visit: &Visit) -> Result<Vec<Entry>> {
    let rows = audit_log::Entity::find()
        .filter(audit_log::Column::UserId.eq(visit.actor()?.id))
        .filter(audit_log::Column::Verb.is_in(["add", "change", "delete"]))
        .order_by_desc(audit_log::Column::Id)
        .limit(10)
        .all(&visit.app.db)
        .await?;
    Ok(rows.into_iter().map(|row| entry(visit, row)).collect())
}

fn entry(visit: &Visit, row: audit_log::Model) -> Entry {
    let (verb, tone) = match row.verb {
        audit_log::Verb::Add => ("Added", "good"),
        audit_log::Verb::Delete => ("Deleted", "bad"),
        _ => ("Changed", "info"),
    };
    let linked = row.verb != audit_log::Verb::Delete && visit.may(&row.resource, Verb::View);
    let kind = visit
        .app
        .registry
        .get(&row.resource)
        .map_or_else(|_| row.resource.clone(), |resource| resource.meta().singular.to_owned());
    Entry {
        verb,
        tone,
        kind,
        href: linked.then(|| format!("/admin/{}/{}/change/", row.resource, row.object_pk)),
        label: row.object_label,
        at: row.at,
    }
}
