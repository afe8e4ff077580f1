//! A form with a file. Like [`super::Posted`], it comes with its token, which is looked at before a
//! single byte of the file is kept.
use super::visit::Visit;
use crate::auth::csrf;
use crate::error::{Error, Result};
use axum::extract::multipart::{Field, MultipartError};
use axum::extract::{FromRequest, FromRequestParts, Multipart, Request};
use axum::http::{StatusCode, header};
use std::fs::File;
use std::io::{Seek, SeekFrom, Write};

/// Largest file.
const LARGEST_FILE: usize = 32 * 1024 * 1024;
/// Largest body of a form with a file: the token and the form's own words stand around it.
pub(super) const LARGEST_UPLOAD: usize = LARGEST_FILE + 64 * 1024;
/// Longest text beside a file.
const LONGEST_TEXT: usize = 1024;

/// A visit with the file it sent.
pub struct Uploaded {
    /// Who sent it.
    pub visit: Visit,
    /// What it was called; empty if none was chosen.
    pub name: String,
    /// Its content, in a temporary file that nobody else can open.
    pub file: File,
    /// Whether it went on beyond what is allowed, and was not kept.
    pub too_large: bool,
}

impl<S: Send + Sync> FromRequest<S> for Uploaded {
    type Rejection = Error;

    async fn from_request(request: Request, state: &S) -> Result<Self> {
        let (mut parts, body) = request.into_parts();
        let visit = Visit::from_request_parts(&mut parts, state).await?;
        visit.actor()?;
        let kind = parts.headers.get(header::CONTENT_TYPE).and_then(|kind| kind.to_str().ok());
        if !kind.is_some_and(|kind| kind.starts_with("multipart/form-data")) {
            return Err(Error::Csrf);
        }
        let request = Request::from_parts(parts, body);
        let mut form = Multipart::from_request(request, state).await.map_err(|_| unreadable())?;
        let mut upload = Self {
            name: String::new(),
            file: tempfile::tempfile().map_err(anyhow::Error::from)?,
            too_large: false,
            visit,
        };
        let token = upload.visit.csrf().await?;
        let mut trusted = false;
        while let Some(mut field) = form.next_field().await.map_err(refused)? {
            if field.name() == Some(csrf::FIELD) {
                trusted = csrf::matches(&token, &text(&mut field).await?);
            } else if !trusted {
                return Err(Error::Csrf);
            } else if field.name() == Some("file") {
                upload.name = file_name(&field);
                upload.keep(&mut field).await?;
            }
        }
        if trusted { Ok(upload) } else { Err(Error::Csrf) }
    }
}

impl Uploaded {
    async fn keep(&mut self, field: &mut Field<'_>) -> Result<()> {
        let mut size = 0;
        while let Some(piece) = field.chunk().await.map_err(refused)? {
            size += piece.len();
            self.too_large |= size > LARGEST_FILE;
            if !self.too_large {
                self.file.write_all(&piece).map_err(anyhow::Error::from)?;
            }
        }
        self.file.seek(SeekFrom::Start(0)).map_err(anyhow::Error::from)?;
        Ok(())
    }
}

/// The last part of the name, without what no name has.
fn file_name(field: &Field<'_>) -> String {
    let name = field.file_name().unwrap_or_default();
    let name = name.rsplit(['/', '\\']).next().unwrap_or_default();
    name.chars().filter(|letter| !letter.is_control()).take(200).collect()
}

async fn text(field: &mut Field<'_>) -> Result<String> {
    let mut bytes = Vec::new();
    while let Some(piece) = field.chunk().await.map_err(refused)? {
        bytes.extend_from_slice(&piece);
        if bytes.len() > LONGEST_TEXT {
            return Err(Error::TooLarge);
        }
    }
    String::from_utf8(bytes).map_err(|_| unreadable())
}

fn refused(error: MultipartError) -> Error {
    if error.status() == StatusCode::PAYLOAD_TOO_LARGE { Error::TooLarge } else { unreadable() }
}

fn unreadable() -> Error {
    Error::BadRequest(
        "The form with the file cannot be read; it may have been cut off. Send it again.".into(),
    )
}
