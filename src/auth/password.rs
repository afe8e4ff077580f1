//! Passwords: rules, hashing, checking.
use super::legacy;
use crate::error::{Error, Result};
use argon2::password_hash::phc::PasswordHash;
use argon2::password_hash::{PasswordHasher as _, PasswordVerifier as _};
use argon2::{Algorithm, Argon2, Params, Version};
use std::sync::{Arc, LazyLock};
use std::time::Duration;
use tokio::sync::Semaphore;

/// Shortest password taken.
const SHORTEST: usize = 8;
/// Longest password taken: hashing takes longer with the length.
const LONGEST: usize = 1024;
/// How like a name a password may be (0 to 1), as in Django.
const SIMILAR: f64 = 0.7;
/// How long a sign-in waits for its turn at the hasher.
const PATIENCE: Duration = Duration::from_secs(10);

/// Beginning of a stored password that no password opens.
pub const UNUSABLE: &str = "!";

/// Argon2id with 19 MiB, two passes, one lane: OWASP Password Storage Cheat Sheet, 2024.
fn argon2() -> Argon2<'static> {
    let params = Params::new(19 * 1024, 2, 1, None).expect("constants within argon2's limits");
    Argon2::new(Algorithm::Argon2id, Version::V0x13, params)
}

/// Compared with when there is no such user, so that the answer takes as long.
static NOBODY: LazyLock<String> = LazyLock::new(|| hash("nobody has this password").unwrap_or_default());

/// Hashes and checks passwords off the async threads, as many at a time as there are cores:
/// each takes 19 MiB and tens of milliseconds.
#[derive(Clone)]
pub struct Hasher(Arc<Semaphore>);

impl Default for Hasher {
    fn default() -> Self {
        Self::new()
    }
}

impl Hasher {
    /// One slot per core.
    #[must_use]
    pub fn new() -> Self {
        let cores = std::thread::available_parallelism().map_or(1, std::num::NonZero::get);
        Self(Arc::new(Semaphore::new(cores)))
    }

    /// The hash to keep of a password.
    ///
    /// # Errors
    /// [`Error::TooSlow`] when too many wait.
    pub async fn hash(&self, password: String) -> Result<String> {
        self.run(move || hash(&password)).await?
    }

    /// Whether the password is the one of that hash; without a hash, no, after the same time.
    ///
    /// # Errors
    /// [`Error::TooSlow`] when too many wait.
    pub async fn verify(&self, password: String, hash: Option<String>) -> Result<bool> {
        self.verify_among(password, hash, None).await
    }

    /// The same among accounts of which some were moved in with their old passwords, `moved` being the hash of one
    /// of them: whoever signs in, both sorts of hash are computed, so that the time does not tell who is there.
    ///
    /// # Errors
    /// [`Error::TooSlow`] when too many wait.
    pub async fn verify_among(
        &self,
        password: String,
        hash: Option<String>,
        moved: Option<String>,
    ) -> Result<bool> {
        self.run(move || {
            let known = hash.filter(|hash| !hash.starts_with(UNUSABLE));
            match known.as_deref().filter(|hash| legacy::is_legacy(hash)) {
                Some(hash) => {
                    let right = legacy::verify(&password, hash);
                    verify(&password, &NOBODY);
                    right
                }
                None => {
                    let right = verify(&password, known.as_deref().unwrap_or(&NOBODY));
                    if let Some(moved) = moved {
                        legacy::verify(&password, &moved);
                    }
                    right && known.is_some()
                }
            }
        })
        .await
    }

    async fn run<T: Send + 'static>(&self, work: impl FnOnce() -> T + Send + 'static) -> Result<T> {
        let permit = tokio::time::timeout(PATIENCE, self.0.clone().acquire_owned())
            .await
            .map_err(|_| Error::TooSlow)?;
        let permit = permit.map_err(anyhow::Error::from)?;
        let done = tokio::task::spawn_blocking(move || {
            let done = work();
            drop(permit);
            done
        });
        done.await.map_err(|error| Error::Internal(error.into()))
    }
}

fn hash(password: &str) -> Result<String> {
    let hash = argon2()
        .hash_password(password.as_bytes())
        .map_err(|error| anyhow::anyhow!("hashing failed: {error}"))?;
    Ok(hash.to_string())
}

/// Whether the password is the one of a hash in PHC format.
pub(super) fn verify(password: &str, hash: &str) -> bool {
    PasswordHash::new(hash).is_ok_and(|hash| argon2().verify_password(password.as_bytes(), &hash).is_ok())
}

/// What a password must be, in the words shown beside its input.
pub const RULES: [&str; 4] = [
    "At least 8 characters.",
    "Not too similar to the user name, names or e-mail address.",
    "Not one of the passwords that everybody uses.",
    "Not only digits.",
];

/// Everything that is wrong with a new password, all at once.
#[must_use]
pub fn problems(password: &str, about: &[&str]) -> Vec<String> {
    let mut problems = Vec::new();
    let length = password.chars().count();
    if length < SHORTEST {
        problems.push(format!("This password has {length} characters; it needs at least {SHORTEST}."));
    }
    if length > LONGEST {
        problems.push(format!("This password has {length} characters; at most {LONGEST} are taken."));
        return problems;
    }
    if let Some(name) = about.iter().find(|name| similar(password, name)) {
        problems.push(format!("This password is too similar to “{name}”."));
    }
    // Scores 0 and 1 fall to the first ten thousand to a million guesses; zxcvbn knows 30,000 common ones.
    let inputs: Vec<&str> = about.iter().copied().filter(|name| !name.is_empty()).collect();
    let head: String = password.chars().take(100).collect();
    if u8::from(zxcvbn::zxcvbn(&head, &inputs).score()) < 2 {
        problems.push("This password is too common or too easy to guess.".into());
    }
    if !password.is_empty() && password.chars().all(|letter| letter.is_ascii_digit()) {
        problems.push("This password is only digits.".into());
    }
    problems
}

fn similar(password: &str, about: &str) -> bool {
    let password = password.to_lowercase();
    let about = about.to_lowercase();
    let parts = about.split(|letter: char| !letter.is_alphanumeric()).chain([about.as_str()]);
    parts
        .filter(|part| part.chars().count() >= 3)
        .any(|part| strsim::normalized_levenshtein(&password, part) >= SIMILAR)
}

#[cfg(test)]
mod tests {
    use super::*;

    #[test]
    fn weak_passwords_list_everything_that_is_wrong() {
        assert_eq!(problems("123", &[]).len(), 3);
        assert!(problems("ddmops01", &["ddmops01"])[0].contains("similar"));
        assert!(problems("password1", &[])[0].contains("common"));
        assert!(problems("violet-otter-carousel", &["ddmops01", "ops@example.org"]).is_empty());
        assert_eq!(problems(&"x".repeat(2000), &[]).len(), 1);
    }

    #[tokio::test]
    async fn a_hash_opens_for_its_password_only() {
        let hasher = Hasher::new();
        let hash = hasher.hash("violet-otter".into()).await.unwrap();
        assert!(hash.starts_with("$argon2id$v=19$m=19456,t=2,p=1$"));
        assert!(hasher.verify("violet-otter".into(), Some(hash.clone())).await.unwrap());
        assert!(!hasher.verify("violet-otters".into(), Some(hash)).await.unwrap());
        assert!(!hasher.verify("nobody has this password".into(), None).await.unwrap());
        assert!(!hasher.verify("x".into(), Some("!".into())).await.unwrap());
    }
}
