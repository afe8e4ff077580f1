//! Static files, compiled into the binary: one file to deploy, nothing to mount.
use axum::Router;
use axum::http::{HeaderValue, header};
use std::future::{Ready, ready};
use std::io::{self, Cursor};
use std::path::PathBuf;
use std::pin::Pin;
use std::task::{Context, Poll};
use std::time::SystemTime;
use tokio::io::{AsyncRead, AsyncSeek, ReadBuf};
use tower_http::services::fs::{Backend, File, Metadata, ServeDir};
use tower_http::set_header::SetResponseHeaderLayer;

/// One file of `static/`, as it is and compressed.
pub(crate) struct Asset {
    name: &'static str,
    url: &'static str,
    hashed: &'static str,
    raw: &'static [u8],
    br: &'static [u8],
    gz: &'static [u8],
}

include!(concat!(env!("OUT_DIR"), "/assets.rs"));

/// Address of a file of `static/`, with its content in the name.
#[must_use]
pub fn asset(name: &str) -> &'static str {
    ASSETS.iter().find(|asset| asset.name == name).map_or("", |asset| asset.url)
}

/// Serves them; since a name never gets another content, browsers need not ask again.
pub(crate) fn router<S: Clone + Send + Sync + 'static>() -> Router<S> {
    let files = ServeDir::with_backend("", Embedded)
        .append_index_html_on_directories(false)
        .precompressed_br()
        .precompressed_gzip();
    Router::new().nest_service("/static", files).layer(SetResponseHeaderLayer::overriding(
        header::CACHE_CONTROL,
        |response: &axum::response::Response| {
            let forever =
                response.status().is_success() || response.status() == axum::http::StatusCode::NOT_MODIFIED;
            Some(HeaderValue::from_static(if forever {
                "public, max-age=31536000, immutable"
            } else {
                "no-store"
            }))
        },
    ))
}

#[derive(Clone, Copy)]
struct Embedded;

impl Embedded {
    fn find(path: &std::path::Path) -> io::Result<Content> {
        let path = path.to_str().unwrap_or_default().trim_start_matches(['.', '/']);
        ASSETS
            .iter()
            .find_map(|asset| match path.strip_prefix(asset.hashed)? {
                "" => Some(asset.raw),
                ".br" => Some(asset.br),
                ".gz" => Some(asset.gz),
                _ => None,
            })
            .map(|bytes| Content(Cursor::new(bytes)))
            .ok_or_else(|| io::ErrorKind::NotFound.into())
    }
}

impl Backend for Embedded {
    type File = Content;
    type Metadata = Size;
    type OpenFuture = Ready<io::Result<Content>>;
    type MetadataFuture = Ready<io::Result<Size>>;

    fn open(&self, path: PathBuf) -> Self::OpenFuture {
        ready(Self::find(&path))
    }

    fn metadata(&self, path: PathBuf) -> Self::MetadataFuture {
        ready(Self::find(&path).map(|content| content.size()))
    }
}

struct Content(Cursor<&'static [u8]>);

impl Content {
    fn size(&self) -> Size {
        Size(self.0.get_ref().len() as u64)
    }
}

impl AsyncRead for Content {
    fn poll_read(
        mut self: Pin<&mut Self>,
        context: &mut Context<'_>,
        buffer: &mut ReadBuf<'_>,
    ) -> Poll<io::Result<()>> {
        Pin::new(&mut self.0).poll_read(context, buffer)
    }
}

impl AsyncSeek for Content {
    fn start_seek(mut self: Pin<&mut Self>, position: io::SeekFrom) -> io::Result<()> {
        Pin::new(&mut self.0).start_seek(position)
    }

    fn poll_complete(mut self: Pin<&mut Self>, context: &mut Context<'_>) -> Poll<io::Result<u64>> {
        Pin::new(&mut self.0).poll_complete(context)
    }
}

impl File for Content {
    type Metadata = Size;
    type MetadataFuture<'a> = Ready<io::Result<Size>>;

    fn metadata(&self) -> Self::MetadataFuture<'_> {
        ready(Ok(self.size()))
    }
}

struct Size(u64);

impl Metadata for Size {
    fn is_dir(&self) -> bool {
        false
    }

    fn modified(&self) -> io::Result<SystemTime> {
        // The same for every build: the name says which content it is.
        Ok(SystemTime::UNIX_EPOCH + std::time::Duration::from_secs(86_400))
    }

    fn len(&self) -> u64 {
        self.0
    }
}
