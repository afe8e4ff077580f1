//! Commands about accounts. A password never stands on the command line, where others see it.
use crate::admin::Deed;
use crate::app::App;
use crate::auth::{account, oidc, password, session};
use crate::error::Error;
use anyhow::{Context, bail};
use clap::Args;
use entity::audit_log::Source;
use std::io::{BufRead, IsTerminal, Write};
use std::path::{Path, PathBuf};
use std::process::ExitCode;

/// Make a superuser.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint createsuperuser\n  opint createsuperuser --username root --email root@example.org --password-file secret.txt\n  printf '%s' \"$PASSWORD\" | opint createsuperuser --username root"
)]
pub(super) struct CreateSuperuser {
    /// Name to sign in with; asked for if left out.
    #[arg(long)]
    username: Option<String>,
    /// E-mail address.
    #[arg(long, default_value = "")]
    email: String,
    /// File that holds the password; otherwise it is read from standard input.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Give a user another password.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint changepassword shifter01\n  opint changepassword shifter01 --password-file secret.txt"
)]
pub(super) struct ChangePassword {
    /// Whose.
    username: String,
    /// File that holds the password; otherwise it is read from standard input.
    #[arg(long, value_name = "FILE")]
    password_file: Option<PathBuf>,
}

/// Let somebody sign in with an account by single sign-on.
#[derive(Args)]
#[command(
    after_help = "Examples:\n  opint linkidentity shifter01 4f0c9a1e-2d1b-4c56-9a53-0c7f4f3a9d10\n\nThe account that they had by single sign-on before loses the link."
)]
pub(super) struct LinkIdentity {
    /// The account.
    username: String,
    /// What the provider calls them for ever (the claim `sub`).
    subject: String,
}

impl CreateSuperuser {
    pub(super) async fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        let username = match self.username {
            Some(username) => username,
            None => ask("User name: ")?,
        };
        let password = password_from(self.password_file.as_deref())?;
        let deed = Deed::system(Source::Command, app.now());
        account::create_superuser(app, &deed, &username, &self.email, password).await.map_err(plain)?;
        println!("The superuser {username} was made.");
        Ok(ExitCode::SUCCESS)
    }
}

impl ChangePassword {
    pub(super) async fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        let user = account::by_name(&app.db, &self.username)
            .await?
            .with_context(|| format!("there is no user {}", self.username))?;
        let text = password_from(self.password_file.as_deref())?;
        let problems = password::problems(&text, &[&user.username]);
        if !problems.is_empty() {
            bail!("{}", problems.join(" "));
        }
        let hash = app.hasher.hash(text).await?;
        let txn = crate::db::begin(&app.db).await?;
        account::set_password(app, &txn, &Deed::system(Source::Command, app.now()), user.id, hash)
            .await
            .map_err(plain)?;
        txn.commit().await?;
        session::end_others(&app.db, user.id, None).await?;
        println!("The password of {} was changed; they are signed out everywhere.", user.username);
        Ok(ExitCode::SUCCESS)
    }
}

impl LinkIdentity {
    pub(super) async fn run(self, app: &App) -> anyhow::Result<ExitCode> {
        let oidc = app.config.oidc.as_ref().context("set OIDC_ISSUER and OIDC_CLIENT_ID")?;
        let user = account::by_name(&app.db, &self.username)
            .await?
            .with_context(|| format!("there is no user {}", self.username))?;
        if self.subject.is_empty() || self.subject.len() > 255 {
            bail!("what the provider calls somebody has 1 to 255 letters");
        }
        let deed = Deed::system(Source::Command, app.now());
        oidc::link_account(&app.db, oidc, &deed, &user, &self.subject).await.map_err(plain)?;
        println!("{} signs in by single sign-on from now on.", user.username);
        Ok(ExitCode::SUCCESS)
    }
}

/// Makes the superuser that the environment names; one that is there stays as it is.
pub(super) async fn ensure_admin(app: &App) -> anyhow::Result<ExitCode> {
    let (username, email, password) =
        app.config.admin.clone().context("set ADMIN_USERNAME and ADMIN_PASSWORD (or ADMIN_PASSWORD_FILE)")?;
    if account::by_name(&app.db, &username).await?.is_some() {
        tracing::debug!(username, "the superuser is there already");
        return Ok(ExitCode::SUCCESS);
    }
    let deed = Deed::system(Source::Command, app.now());
    match account::create_superuser(app, &deed, &username, &email, password).await {
        Ok(_) => tracing::info!(username, "superuser made"),
        // Another replica was faster.
        Err(_) if account::by_name(&app.db, &username).await?.is_some() => {}
        Err(error) => return Err(plain(error)),
    }
    Ok(ExitCode::SUCCESS)
}

/// What is wrong by field, as one sentence.
fn plain(error: Error) -> anyhow::Error {
    match error {
        Error::Invalid(errors) => anyhow::anyhow!(
            "{}",
            errors
                .into_iter()
                .map(|(name, messages)| format!("{name}: {}", messages.join(" ")))
                .collect::<Vec<_>>()
                .join(" ")
        ),
        other => other.into(),
    }
}

fn ask(question: &str) -> anyhow::Result<String> {
    let mut out = std::io::stderr();
    if std::io::stdin().is_terminal() {
        write!(out, "{question}")?;
        out.flush()?;
    }
    let mut line = String::new();
    std::io::stdin().lock().read_line(&mut line)?;
    Ok(line.trim_end_matches(['\r', '\n']).to_owned())
}

/// From the file, from a terminal without showing it, or one line of standard input.
fn password_from(file: Option<&Path>) -> anyhow::Result<String> {
    if let Some(file) = file {
        let text =
            std::fs::read_to_string(file).with_context(|| format!("cannot read {}", file.display()))?;
        return Ok(text.trim_end_matches(['\r', '\n']).to_owned());
    }
    if !std::io::stdin().is_terminal() {
        return ask("");
    }
    let first = rpassword::prompt_password("Password: ")?;
    if first != rpassword::prompt_password("Password again: ")? {
        bail!("the two passwords differ");
    }
    Ok(first)
}
