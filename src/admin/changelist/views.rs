//! Views of a list: its filters, search, order and columns under a name. A person's own, those that others share,
//! and those that the resource declares.
use super::filter;
use super::params::Params;
use crate::admin::{Actor, Meta, Registry, shorten};
use crate::error::Result;
use entity::{saved_view, user};
use sea_orm::sea_query::Condition;
use sea_orm::{ColumnTrait, DatabaseExecutor, EntityTrait, QueryFilter, QueryOrder, QuerySelect};

/// Most saved views offered of one list.
const MOST: u64 = 100;
/// Name in the address of the list without any view.
pub const NONE: &str = "none";

/// A view that is offered.
#[derive(Clone, Debug, PartialEq, Eq)]
pub struct Offered {
    /// Name in the address: a key, or the name of a declared view.
    pub key: String,
    /// What people read.
    pub title: String,
    /// Who shares it, if somebody else does.
    pub owner: Option<String>,
    /// Whether the visitor made it.
    pub own: bool,
    /// Whether the list opens with it.
    pub default: bool,
    /// What it keeps.
    pub query: String,
}

/// The views of one list that a person may open: their own, those shared, those declared.
#[derive(Clone, Debug, Default)]
pub struct Views {
    /// In the order offered.
    pub list: Vec<Offered>,
}

impl Views {
    /// Reads them: one query.
    ///
    /// # Errors
    /// When the database does not answer.
    pub async fn load(db: &DatabaseExecutor<'_>, meta: &Meta, actor: &Actor) -> Result<Self> {
        use saved_view::Column::{IsShared, Name, Resource, UserId};
        let mine = UserId.eq(actor.id.unwrap_or_default());
        let rows = saved_view::Entity::find()
            .find_also_related(user::Entity)
            .filter(Condition::all().add(Resource.eq(meta.slug)))
            .filter(Condition::any().add(mine.clone()).add(IsShared.eq(true)))
            .order_by_desc(mine)
            .order_by_asc(Name)
            .limit(MOST)
            .all(db)
            .await?;
        let saved = rows.into_iter().map(|(row, owner)| {
            let own = Some(row.user_id) == actor.id;
            Offered {
                key: row.id.to_string(),
                title: row.name,
                owner: owner.filter(|_| !own).map(|owner| owner.username),
                own,
                default: own && row.is_default,
                query: row.query,
            }
        });
        let declared = meta.views.iter().map(|view| Offered {
            key: view.slug.to_owned(),
            title: view.title.to_owned(),
            owner: None,
            own: false,
            default: false,
            query: view.query.to_owned(),
        });
        Ok(Self { list: saved.chain(declared).collect() })
    }

    /// The view of that name in the address.
    #[must_use]
    pub fn get(&self, key: &str) -> Option<&Offered> {
        self.list.iter().find(|view| view.key == key)
    }

    /// The one that the list opens with.
    #[must_use]
    pub fn default(&self) -> Option<&Offered> {
        self.list.iter().find(|view| view.default)
    }
}

/// What an address asks for, once the view that it names is opened.
pub struct Opened {
    /// The state of the list.
    pub params: Params,
    /// What the view has that is not there any more.
    pub notes: Vec<String>,
}

/// Opens the view that an address names; what else the address says goes before what the view keeps.
#[must_use]
pub fn open(registry: &Registry, meta: &Meta, views: &Views, given: Params, actor: &Actor) -> Opened {
    let Some(key) = given.get("view").map(str::to_owned) else {
        // Without any view, said so: a list that empties by and by must not turn into the usual view.
        let bare = views.default().is_some() && given.get("_view").is_none();
        let params = if bare { given.and("_view", NONE) } else { given };
        return Opened { params, notes: Vec::new() };
    };
    let given = given.without(&["view", "_view"]);
    let Some(view) = views.get(&key) else {
        let note = format!(
            "There is no view “{}”: it was deleted, or is not shared any more. These are all {}.",
            shorten(&key, 40),
            meta.plural
        );
        let notes = if key == NONE { Vec::new() } else { vec![note] };
        return Opened { params: given.and("_view", NONE), notes };
    };
    let mut notes = Vec::new();
    let mut params = Params::default();
    for (name, value) in Params::parse(&view.query).state().iter() {
        if filter::refused(registry, meta, name, actor) {
            notes.push(format!(
                "The view “{}” filters by “{}”, which is not possible any more; it opens without that.",
                shorten(&view.title, 60),
                shorten(name, 40)
            ));
        } else if given.get(name).is_none() {
            params = params.and(name, value);
        }
    }
    notes.dedup();
    let params = given.iter().fold(params, |params, (name, value)| params.and(name, value));
    Opened { params: params.and("_view", key), notes }
}
