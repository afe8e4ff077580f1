//! A browser without a screen: keeps cookies, sends the form's token, follows nothing by itself.
use axum::Router;
use axum::body::Body;
use axum::extract::ConnectInfo;
use axum::http::{HeaderMap, Request, header};
use http_body_util::BodyExt;
use scraper::{Html, Selector};
use std::collections::BTreeMap;
use std::net::SocketAddr;
use std::sync::OnceLock;
use tower::ServiceExt;

pub(in crate::tests) struct Client {
    router: Router,
    pub(in crate::tests) cookies: BTreeMap<String, String>,
    pub(in crate::tests) headers: Vec<(String, String)>,
    pub(in crate::tests) token: Option<String>,
}

/// What came back.
pub(in crate::tests) struct Answer {
    pub(in crate::tests) status: u16,
    pub(in crate::tests) headers: HeaderMap,
    pub(in crate::tests) body: Vec<u8>,
    page: OnceLock<Html>,
}

/// A text as it stands in an address.
pub(in crate::tests) fn encoded(text: &str) -> String {
    url::form_urlencoded::byte_serialize(text.as_bytes()).collect()
}

impl Client {
    pub(super) fn new(router: Router) -> Self {
        Self {
            router,
            cookies: BTreeMap::new(),
            headers: vec![("host".into(), "localhost".into())],
            token: None,
        }
    }

    pub(in crate::tests) async fn get(&mut self, path: &str) -> Answer {
        let answer = self.send("GET", path, None).await;
        if let Some(token) = answer.form_token() {
            self.token = Some(token);
        }
        answer
    }

    /// Sends a form with the token of the last page, which is asked for if there was none.
    pub(in crate::tests) async fn post(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        if self.token.is_none() {
            self.get("/admin/").await;
        }
        let token = self.token.clone().unwrap_or_default();
        let mut pairs = vec![("csrfmiddlewaretoken", token.as_str())];
        pairs.extend_from_slice(fields);
        self.post_bare(path, &pairs).await
    }

    /// Sends exactly these fields.
    pub(in crate::tests) async fn post_bare(&mut self, path: &str, fields: &[(&str, &str)]) -> Answer {
        let body = url::form_urlencoded::Serializer::new(String::new()).extend_pairs(fields).finish();
        self.send("POST", path, Some(body.into_bytes())).await
    }

    /// Sends again what the form of a page carries, and more.
    pub(in crate::tests) async fn again(
        &mut self,
        path: &str,
        page: &Answer,
        more: &[(&str, &str)],
    ) -> Answer {
        let hidden = "main form[data-guard] input[type=hidden], main form.save input[type=hidden]";
        let (names, values) = (page.attributes(hidden, "name"), page.attributes(hidden, "value"));
        let carried = names.iter().zip(&values).map(|(name, value)| (name.as_str(), value.as_str()));
        let mut fields: Vec<_> = carried.filter(|(name, _)| *name != "csrfmiddlewaretoken").collect();
        fields.extend_from_slice(more);
        self.post(path, &fields).await
    }

    pub(in crate::tests) async fn sign_in(&mut self, name: &str, password: &str, next: &str) -> Answer {
        self.get("/admin/login/").await;
        let answer =
            self.post("/admin/login/", &[("username", name), ("password", password), ("next", next)]).await;
        self.token = None;
        answer
    }

    /// Sends JSON, as a program does.
    pub(in crate::tests) async fn call(
        &mut self,
        method: &str,
        path: &str,
        body: Option<serde_json::Value>,
    ) -> Answer {
        let body = body.map(|body| body.to_string().into_bytes());
        self.transmit(method, path, body, "application/json").await
    }

    pub(in crate::tests) async fn send(&mut self, method: &str, path: &str, body: Option<Vec<u8>>) -> Answer {
        self.transmit(method, path, body, "application/x-www-form-urlencoded").await
    }

    /// Sends bytes with the headers set, and no others.
    pub(in crate::tests) async fn raw(&mut self, method: &str, path: &str, body: Vec<u8>) -> Answer {
        self.transmit(method, path, Some(body), "").await
    }

    async fn transmit(&mut self, method: &str, path: &str, body: Option<Vec<u8>>, kind: &str) -> Answer {
        let mut request = Request::builder().method(method).uri(path);
        for (name, value) in &self.headers {
            request = request.header(name, value);
        }
        if !self.cookies.is_empty() {
            let cookies: Vec<String> =
                self.cookies.iter().map(|(name, value)| format!("{name}={value}")).collect();
            request = request.header(header::COOKIE, cookies.join("; "));
        }
        if body.is_some() && !kind.is_empty() {
            request = request.header(header::CONTENT_TYPE, kind);
        }
        let peer = ConnectInfo(SocketAddr::from(([192, 0, 2, 7], 4000)));
        let request = request.extension(peer).body(Body::from(body.unwrap_or_default())).expect("a request");
        let response = self.router.clone().oneshot(request).await.expect("never fails");
        let (parts, body) = response.into_parts();
        let answer = Answer {
            status: parts.status.as_u16(),
            headers: parts.headers,
            body: body.collect().await.expect("a body").to_bytes().to_vec(),
            page: OnceLock::new(),
        };
        for cookie in answer.headers.get_all(header::SET_COOKIE) {
            let text = cookie.to_str().unwrap_or_default();
            if let Some((name, value)) = text.split(';').next().and_then(|pair| pair.split_once('=')) {
                if value.is_empty() {
                    self.cookies.remove(name)
                } else {
                    self.cookies.insert(name.to_owned(), value.to_owned())
                };
            }
        }
        answer
    }
}

impl Answer {
    pub(in crate::tests) fn html(&self) -> String {
        String::from_utf8_lossy(&self.body).into_owned()
    }

    /// The body as a tree: read once, since a test asks many things of a page.
    fn page(&self) -> &Html {
        self.page.get_or_init(|| Html::parse_document(&self.html()))
    }

    /// The token of its forms, without reading all of it: most pages are asked for nothing else.
    fn form_token(&self) -> Option<String> {
        let html = self.html();
        let (_, rest) = html.split_once("name=\"csrfmiddlewaretoken\" value=\"")?;
        Some(rest.split_once('"')?.0.to_owned())
    }

    /// What programs read.
    pub(in crate::tests) fn json(&self) -> serde_json::Value {
        serde_json::from_slice(&self.body).unwrap_or_else(|error| panic!("{error}: {}", self.html()))
    }

    /// What people read, white space folded.
    pub(in crate::tests) fn text(&self) -> String {
        let page = self.page();
        let main = Selector::parse("main").expect("a selector");
        let text: String = match page.select(&main).next() {
            Some(main) => main.text().collect::<Vec<_>>().join(" "),
            None => page.root_element().text().collect::<Vec<_>>().join(" "),
        };
        text.split_whitespace().collect::<Vec<_>>().join(" ")
    }

    /// Texts of all elements of a kind.
    pub(in crate::tests) fn all(&self, selector: &str) -> Vec<String> {
        let page = self.page();
        let selector = Selector::parse(selector).expect("a selector");
        page.select(&selector)
            .map(|element| {
                element.text().collect::<Vec<_>>().join(" ").split_whitespace().collect::<Vec<_>>().join(" ")
            })
            .collect()
    }

    /// An attribute of all elements of a kind.
    pub(in crate::tests) fn attributes(&self, selector: &str, attribute: &str) -> Vec<String> {
        let page = self.page();
        let selector = Selector::parse(selector).expect("a selector");
        page.select(&selector)
            .filter_map(|element| element.value().attr(attribute).map(str::to_owned))
            .collect()
    }

    pub(in crate::tests) fn value(&self, selector: &str) -> Option<String> {
        self.attributes(selector, "value").into_iter().next()
    }

    pub(in crate::tests) fn has(&self, selector: &str) -> bool {
        self.page().select(&Selector::parse(selector).expect("a selector")).next().is_some()
    }

    pub(in crate::tests) fn location(&self) -> String {
        self.header("location")
    }

    pub(in crate::tests) fn header(&self, name: &str) -> String {
        self.headers.get(name).and_then(|value| value.to_str().ok()).unwrap_or_default().to_owned()
    }

    /// Address of a choice in the filter panel of a list.
    pub(in crate::tests) fn choice(&self, list: &str, field: &str, title: &str) -> String {
        let links = format!("details[data-remember='facet-{list}-{field}'] li a");
        let titles = self.all(&links);
        let meant = |text: &String| {
            let count = text.strip_prefix(title);
            count.is_some_and(|count| count.is_empty() || count.trim_start().parse::<u64>().is_ok())
        };
        let at = titles.iter().position(meant).unwrap_or_else(|| panic!("no {title} in {titles:?}"));
        format!("/admin/{list}/{}", self.attributes(&links, "href")[at])
    }

    /// Rows of a change list: the text of the first cell with a link.
    pub(in crate::tests) fn rows(&self) -> Vec<String> {
        self.all("table.list tbody a.id")
    }
}
