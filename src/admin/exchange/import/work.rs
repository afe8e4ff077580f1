//! What both looking at a file and writing it need: the same rows, planned the same way, for the same
//! person.
use super::mapping::Mapping;
use super::plan::{Plan, Planner};
use super::read::Row;
use crate::admin::{AnyResource, Deed, Input, Save, Target, Verb};
use crate::app::App;
use crate::error::Result;
use crate::web::Visit;
use chrono::Duration;
use entity::audit_log::Source;
use entity::import_file::{Column, Entity, Model, State};
use sea_orm::sea_query::Expr;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter};

/// A file on its way in.
pub(super) struct Work {
    pub(super) app: App,
    pub(super) file: Model,
    pub(super) mapping: Mapping,
    pub(super) deed: Deed,
    /// Shows that it is this process that works on it.
    pub(super) claim: String,
    visible: Vec<String>,
}

impl Work {
    /// Takes a file for its owner; `None` if it is being worked on already.
    pub(super) async fn take(
        visit: &Visit,
        file: Model,
        from: &[State],
        to: State,
        longest: Duration,
    ) -> Result<Option<Self>> {
        let Some(claim) = super::store::claim(&visit.app, &file, from, to, longest).await? else {
            return Ok(None);
        };
        let deed = Deed { source: Source::Import, ..visit.deed()? };
        let metas = visit.app.registry.iter().map(AnyResource::meta);
        let visible = metas.filter(|meta| visit.may(meta.slug, Verb::View)).map(|meta| meta.table.to_owned());
        let mapping = Mapping::of(&file)?;
        Ok(Some(Self { app: visit.app.clone(), mapping, visible: visible.collect(), file, deed, claim }))
    }

    pub(super) fn resource(&self) -> Result<&dyn AnyResource> {
        self.app.registry.get(&self.file.resource)
    }

    pub(super) fn save(&self) -> Result<Save<'_>> {
        let registry = &self.app.registry;
        Ok(Save { registry, resource: self.resource()?, deed: &self.deed, given: Vec::new() })
    }

    pub(super) async fn plan(&self, db: &DatabaseExecutor<'_>, rows: &[Row]) -> Result<Vec<Plan>> {
        let (registry, resource) = (&self.app.registry, self.resource()?);
        let planner = Planner { registry, resource, mapping: &self.mapping, visible: &self.visible };
        planner.plan(db, rows).await
    }

    /// Notes something about the file, as long as it is this one's to work on.
    pub(super) async fn note(&self, db: &DatabaseExecutor<'_>, values: Vec<(Column, Expr)>) -> Result<bool> {
        let mut update = Entity::update_many();
        for (column, value) in values {
            update = update.col_expr(column, value);
        }
        let mine = Column::Id.eq(self.file.id);
        let done = update.filter(mine).filter(Column::Claim.eq(&self.claim)).exec(db).await?;
        Ok(done.rows_affected == 1)
    }
}

/// The writes among some plans, with their places.
pub(super) fn writes(plans: &[Plan]) -> (Vec<usize>, Vec<(Target<'_>, Input)>) {
    plans.iter().enumerate().filter_map(|(at, plan)| plan.target().map(|write| (at, write))).unzip()
}
