//! Which column of a file is for which field, and by what its rows are recognised.
use super::store::parsed;
use crate::admin::{AnyResource, Field, Input, Kind, Meta, Registry, Verb, capitalise, editable};
use crate::error::Result;
use crate::web::Visit;
use entity::import_file;

/// Names of columns that say which row is meant, beside the fields.
pub(super) const KEY: &str = "id";
/// Which version of the row the file was made of.
pub(super) const VERSION: &str = "version";

/// The choices made, by column of the file; an empty name leaves the column out.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
pub(super) struct Mapping {
    pub(super) columns: Vec<String>,
    /// The field by which rows are recognised; empty if all of them are new.
    pub(super) match_by: String,
}

/// Fields that a column can be for: name, title, and whether rows can be recognised by it.
pub(super) fn targets(resource: &dyn AnyResource) -> Vec<(String, String, bool)> {
    let meta = resource.meta();
    let mut targets = vec![(KEY.to_owned(), format!("Key of the {}", meta.singular), true)];
    for (_, field) in editable(resource, false).filter(|(_, field)| !field.secret) {
        let only = if field.fixed { " (new rows only)" } else { "" };
        targets.push((field.name.clone(), format!("{}{only}", field.title), recognises(field)));
    }
    targets
        .extend(meta.many.iter().map(|many| (many.name.to_owned(), format!("{} (keys)", many.title), false)));
    if meta.versioned() {
        targets.push((VERSION.into(), "Version: refuse rows changed since".into(), false));
    }
    targets
}

/// No two rows share its value, and every form of it is compared as it is.
fn recognises(field: &Field) -> bool {
    field.unique && matches!(field.kind, Kind::Text(_) | Kind::Integer | Kind::Foreign(_))
}

impl Mapping {
    /// What the titles suggest.
    pub(super) fn guess(resource: &dyn AnyResource, headings: &[String]) -> Self {
        let targets = targets(resource);
        let mut columns: Vec<String> = Vec::new();
        for heading in headings {
            let name = meant(resource.meta(), &targets, heading).filter(|name| !columns.contains(name));
            columns.push(name.unwrap_or_default());
        }
        let key = |(name, _, recognises): &&(String, String, bool)| *recognises && columns.contains(name);
        let match_by = targets.iter().find(key).map(|(name, ..)| name.clone()).unwrap_or_default();
        Self { columns, match_by }
    }

    /// What was chosen on the page, or what is wrong with it.
    pub(super) fn chosen(resource: &dyn AnyResource, count: usize, input: &Input) -> Result<Self, String> {
        let targets = targets(resource);
        let known = |name: &str| name.is_empty() || targets.iter().any(|(known, ..)| known == name);
        let columns: Vec<String> =
            (0..count).map(|at| input.get(&format!("column-{at}")).unwrap_or_default().to_owned()).collect();
        let match_by = input.get("match").unwrap_or_default().to_owned();
        if let Some(strange) = columns.iter().chain([&match_by]).find(|name| !known(name)) {
            return Err(format!(
                "There is no field called “{}”. Choose from the lists.",
                crate::admin::shorten(strange, 40)
            ));
        }
        let title = |name: &String| {
            targets
                .iter()
                .find(|(known, ..)| known == name)
                .map_or("", |(_, title, _)| title.as_str())
                .to_owned()
        };
        for (at, name) in columns.iter().enumerate().filter(|(_, name)| !name.is_empty()) {
            if columns[..at].contains(name) {
                return Err(format!("Two columns are for “{}”. Leave one of them out.", title(name)));
            }
        }
        if columns.iter().all(|name| name.is_empty() || name == KEY || name == VERSION) {
            return Err("Choose a field for at least one column.".into());
        }
        if !match_by.is_empty() && !columns.contains(&match_by) {
            let title = title(&match_by);
            return Err(format!("Rows cannot be recognised by “{title}”, since no column is for it."));
        }
        if columns.contains(&KEY.to_owned()) && match_by != KEY {
            return Err("A column holds keys: recognise rows by the key, or leave that column out.".into());
        }
        Ok(Self { columns, match_by })
    }

    /// What was chosen for a file.
    pub(super) fn of(file: &import_file::Model) -> Result<Self> {
        let columns = file.mapping.as_deref().map(parsed).transpose()?.unwrap_or_default();
        Ok(Self { columns, match_by: file.match_by.clone().unwrap_or_default() })
    }
}

/// The field that a title means: its name, its column or its title.
fn meant(meta: &Meta, targets: &[(String, String, bool)], heading: &str) -> Option<String> {
    let plain = |text: &str| text.trim().to_lowercase().replace([' ', '-'], "_");
    let heading = plain(heading);
    let known = |name: &str| targets.iter().any(|(known, ..)| known == name);
    if known(&heading) {
        return Some(heading);
    }
    let field = meta.fields.iter().find(|field| field.column == heading || plain(&field.title) == heading);
    let many = meta.many.iter().find(|many| plain(many.title) == heading).map(|many| many.name.to_owned());
    field.map(|field| field.name.clone()).or(many).filter(|name| known(name))
}

/// The resource whose file this looks like, if that is another one.
pub(super) fn stranger(
    registry: &Registry,
    visit: &Visit,
    own: &Meta,
    headings: &[String],
) -> Option<String> {
    let fits = |meta: &Meta| {
        let is = |heading: &&String| {
            meta.fields
                .iter()
                .any(|field| field.name == **heading && field.name != KEY && field.name != VERSION)
        };
        headings.iter().filter(is).count()
    };
    let known = fits(own);
    let others = registry.iter().map(AnyResource::meta).filter(|meta| visit.may(meta.slug, Verb::View));
    let best = others.max_by_key(|meta| fits(meta)).filter(|meta| meta.slug != own.slug)?;
    let looks = format!("{} columns of it are those of {}", fits(best), best.plural);
    (fits(best) > known).then(|| {
        format!("Is this the right file? {}, and only {known} those of {}.", capitalise(&looks), own.plural)
    })
}
