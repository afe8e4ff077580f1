//! What all pages share: the frame with menu, breadcrumbs, messages and account.
use super::visit::{Message, PRIVATE, Visit};
use crate::admin::{Section, Verb};
use crate::error::Result;
use crate::shift::freshness::Freshness;
use askama::Template;
use axum::http::{HeaderValue, StatusCode, header};
use axum::response::{IntoResponse, Response};

/// The frame of a page.
pub struct Chrome {
    /// Title of the window, without the site's name.
    pub title: String,
    /// Whether a form on it was refused.
    pub error: bool,
    /// Way back.
    pub crumbs: Vec<Crumb>,
    /// Menu: heading and entries.
    pub menu: Vec<(&'static str, Vec<MenuItem>)>,
    /// Who is signed in.
    pub user: Option<Account>,
    /// How old the counts are, for who may see them.
    pub fresh: Option<Freshness>,
    /// Token for forms.
    pub csrf: String,
    /// `light`, `dark` or empty.
    pub theme: String,
    /// When the session ends, for the page to say so in time: seconds left, seconds before which to say it.
    pub session: Option<(i64, i64)>,
    /// What happened before.
    pub messages: Vec<Message>,
    /// Address of this page, to come back to.
    pub here: String,
    /// Version, commit and build number of the program.
    pub version: &'static str,
}

/// The account shown in the header.
pub struct Account {
    /// Name to sign in with.
    pub username: String,
    /// Name to be called by.
    pub name: String,
    /// Whether there is a password to change.
    pub has_password: bool,
}

/// An entry of the menu.
pub struct MenuItem {
    /// What it says.
    pub title: String,
    /// Where it leads.
    pub href: String,
    /// Its symbol.
    pub icon: &'static str,
    /// Whether this is the page shown.
    pub current: bool,
    /// Key that goes there after `g`.
    pub key: &'static str,
}

/// A step of the way back; without an address, the page itself.
pub struct Crumb {
    /// What it says.
    pub title: String,
    /// Where it leads.
    pub href: Option<String>,
}

impl Crumb {
    /// A step one can go back to.
    #[must_use]
    pub fn to(title: impl Into<String>, href: impl Into<String>) -> Self {
        Self { title: title.into(), href: Some(href.into()) }
    }

    /// The page itself.
    #[must_use]
    pub fn here(title: impl Into<String>) -> Self {
        Self { title: title.into(), href: None }
    }
}

impl Visit {
    /// The frame of a page.
    ///
    /// # Errors
    /// When the session cannot be read.
    pub async fn chrome(&self, title: impl Into<String>, crumbs: Vec<Crumb>) -> Result<Chrome> {
        Ok(Chrome {
            title: title.into(),
            error: false,
            crumbs,
            menu: self.menu(),
            user: self.actor.as_ref().map(|actor| Account {
                username: actor.username.clone(),
                name: actor.name.clone(),
                has_password: actor.has_password,
            }),
            fresh: if self.may("issues", Verb::View) {
                self.app.last_load.read(&self.app).await?
            } else {
                None
            },
            session: crate::auth::lasting::left(self).await?,
            csrf: crate::auth::csrf::masked(&self.csrf().await?),
            theme: self.theme.clone(),
            messages: self.said().await?,
            here: if self.query.is_empty() {
                self.path.clone()
            } else {
                format!("{}?{}", self.path, self.query)
            },
            version: &crate::version::LINE,
        })
    }

    fn operate(&self) -> Vec<MenuItem> {
        let item = |(title, href, icon, key): (&str, &str, _, _)| MenuItem {
            title: title.to_owned(),
            href: href.to_owned(),
            icon,
            current: if href == "/" { self.path == "/" } else { self.path.starts_with(href) },
            key,
        };
        OPERATE.into_iter().map(item).collect()
    }

    /// Only what the visitor may see stands in the menu.
    fn menu(&self) -> Vec<(&'static str, Vec<MenuItem>)> {
        let sections = [("Records", Section::Records), ("Admin", Section::Admin)];
        let operate = if self.may("issues", Verb::View) { self.operate() } else { Vec::new() };
        let items = |section| {
            let metas = self
                .app
                .registry
                .iter()
                .map(|resource| resource.meta())
                .filter(move |meta| meta.section == section);
            metas
                .filter(|meta| self.may(meta.slug, Verb::View))
                .map(|meta| {
                    let href = format!("/admin/{}/", meta.slug);
                    MenuItem {
                        title: crate::admin::capitalise(meta.plural),
                        current: self.path.starts_with(&href),
                        href,
                        icon: meta.icon,
                        key: shortcut(meta.slug),
                    }
                })
                .collect::<Vec<_>>()
        };
        let records = sections.into_iter().map(|(title, section)| (title, items(section)));
        std::iter::once(("Operate", operate)).chain(records).filter(|(_, items)| !items.is_empty()).collect()
    }
}

/// Pages of the shift: title, address, symbol, letter after `g`.
const OPERATE: [(&str, &str, &str, &str); 3] = [
    ("Shift board", "/", "i-board", "b"),
    ("Matrix", "/matrix/", "i-grid", "m"),
    ("Shift report", "/report/", "i-report", "r"),
];

/// Letter that goes to a list after `g`.
fn shortcut(slug: &str) -> &'static str {
    match slug {
        "issues" => "i",
        "tickets" => "t",
        "error-categories" => "c",
        "sites" => "s",
        _ => "",
    }
}

/// Draws a page.
///
/// # Errors
/// Never for templates that compile.
pub fn render(status: StatusCode, page: &impl Template) -> Result<Response> {
    let html = page.render().map_err(anyhow::Error::from)?;
    let private = [(header::CACHE_CONTROL, PRIVATE), (header::VARY, "Cookie")];
    Ok((status, private, axum::response::Html(html)).into_response())
}

/// Sends the browser there with a GET: 302, as Django does.
#[must_use]
pub fn found(location: &str) -> Response {
    // A header holds ASCII only; the rest is percent-encoded as in any address.
    let ascii = location.chars().fold(String::with_capacity(location.len()), |mut ascii, letter| {
        match letter {
            letter if letter.is_ascii() => ascii.push(letter),
            letter => {
                ascii.extend(letter.encode_utf8(&mut [0; 4]).bytes().map(|byte| format!("%{byte:02X}")))
            }
        }
        ascii
    });
    match HeaderValue::from_str(&ascii) {
        Ok(location) => (StatusCode::FOUND, [(header::LOCATION, location)]).into_response(),
        Err(_) => StatusCode::BAD_REQUEST.into_response(),
    }
}
