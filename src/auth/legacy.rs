//! Passwords as Django keeps them, of accounts that were moved in: they open the account once, and are then hashed
//! anew as all others are.
use super::password::verify as verify_phc;
use base64::Engine;
use base64::engine::general_purpose::STANDARD;
use pbkdf2::pbkdf2_hmac;
use pbkdf2::sha2::Sha256;
use subtle::ConstantTimeEq;

/// Most rounds that are computed: five times what Django asks for today. A hash that names more could only be meant
/// to keep the program busy.
const MOST_ROUNDS: u32 = 5_000_000;
/// Most memory that argon2 may ask for, in KiB; Django asks for 100 MiB.
const MOST_MEMORY: u32 = 256 * 1024;
/// Most passes and most lanes of argon2; Django has 2 and 8.
const MOST_PASSES: u32 = 16;

/// A hash that can be computed.
enum Hash<'h> {
    Pbkdf2 { digest: Digest, rounds: u32, salt: &'h str, hash: Vec<u8> },
    Argon2(&'h str),
}

#[derive(Clone, Copy)]
enum Digest {
    Sha1,
    Sha256,
}

/// Whether a stored hash is one of Django's rather than one of ours.
#[must_use]
pub fn is_legacy(hash: &str) -> bool {
    ["pbkdf2_", "argon2$"].iter().any(|head| hash.starts_with(head))
}

/// Whether a hash of Django's can be checked here.
#[must_use]
pub fn is_known(hash: &str) -> bool {
    parse(hash).is_some()
}

/// The algorithm that a hash of Django's names, for people.
#[must_use]
pub fn algorithm(hash: &str) -> &str {
    hash.split('$').next().filter(|name| name.len() <= 32).unwrap_or("unknown")
}

/// Whether the password is the one of a hash of Django's.
pub(super) fn verify(password: &str, hash: &str) -> bool {
    match parse(hash) {
        Some(Hash::Pbkdf2 { digest, rounds, salt, hash }) => {
            let mut made = vec![0; hash.len()];
            derive(digest, password.as_bytes(), salt.as_bytes(), rounds, &mut made);
            made.ct_eq(&hash).into()
        }
        Some(Hash::Argon2(phc)) => verify_phc(password, phc),
        None => false,
    }
}

fn derive(digest: Digest, password: &[u8], salt: &[u8], rounds: u32, made: &mut [u8]) {
    match digest {
        Digest::Sha256 => pbkdf2_hmac::<Sha256>(password, salt, rounds, made),
        Digest::Sha1 => pbkdf2_hmac::<sha1::Sha1>(password, salt, rounds, made),
    }
}

fn parse(hash: &str) -> Option<Hash<'_>> {
    let (name, rest) = hash.split_once('$')?;
    let (digest, length) = match name {
        "pbkdf2_sha256" => (Digest::Sha256, 32),
        "pbkdf2_sha1" => (Digest::Sha1, 20),
        "argon2" => return argon2(&hash["argon2".len()..]),
        _ => return None,
    };
    let mut parts = rest.split('$');
    let (rounds, salt, hash) = (parts.next()?, parts.next()?, parts.next()?);
    let rounds: u32 = rounds.parse().ok().filter(|rounds| (1..=MOST_ROUNDS).contains(rounds))?;
    let hash = STANDARD.decode(hash).ok().filter(|hash| hash.len() == length)?;
    parts.next().is_none().then_some(Hash::Pbkdf2 { digest, rounds, salt, hash })
}

/// `$argon2id$v=19$m=102400,t=2,p=8$salt$hash`, if it asks for no more than it should.
fn argon2(phc: &str) -> Option<Hash<'_>> {
    let settings = phc.split('$').find(|part| part.starts_with("m="))?;
    let fits = settings.split(',').all(|setting| {
        let Some((name, number)) = setting.split_once('=') else { return false };
        let most = if name == "m" { MOST_MEMORY } else { MOST_PASSES };
        number.parse::<u32>().is_ok_and(|number| number <= most)
    });
    let whole = argon2::password_hash::phc::PasswordHash::new(phc).is_ok_and(|hash| hash.hash.is_some());
    (fits && whole && phc.starts_with("$argon2")).then_some(Hash::Argon2(phc))
}

#[cfg(test)]
mod tests {
    use super::*;

    /// Made by Django 5.2: `make_password("violet-otter", "seasalt", …)`.
    const SHA256: &str = "pbkdf2_sha256$2000$seasalt$Ua4lAGJzP67QWI5sJa/V5UCzfAAjqlXWS6QFrW6tLJE=";
    const SHA1: &str = "pbkdf2_sha1$2000$seasalt$dF5wKeF+ONd8+p8682C5vJydIyE=";

    #[test]
    fn hashes_of_django_open_for_their_password_only() {
        for hash in [SHA256, SHA1] {
            assert!(is_legacy(hash) && is_known(hash));
            assert!(verify("violet-otter", hash), "{hash}");
            assert!(!verify("violet-otters", hash));
        }
        let phc =
            "$argon2id$v=19$m=1024,t=2,p=8$c2Vhc2FsdHNlYXNhbHQ$b4/c8nekuJoRf7WpHAIKj6zbzo7BY7ARqGjjMJNZcdY";
        assert!(verify("violet-otter", &format!("argon2{phc}")));
        assert!(!is_legacy(phc), "ours look like this");
    }

    #[test]
    fn a_hash_that_would_take_for_ever_is_none() {
        for hash in [
            SHA256.replace("2000", "4000000000"),
            SHA256.replace("2000", "0"),
            SHA256.replace("2000", "-1"),
            SHA256.replace("2000", "5000001"),
            SHA256.replace("$seasalt", ""),
            format!("{SHA256}$more"),
            "pbkdf2_sha256$1000$salt$aGFzaA==".to_owned(),
            "pbkdf2_sha512$1000$salt$aGFzaA==".to_owned(),
            "bcrypt_sha256$$2b$12$abc".to_owned(),
            "argon2$argon2id$v=19$m=4000000000,t=2,p=8$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA".to_owned(),
            "argon2$argon2id$v=19$m=1024,t=4000000000,p=8$c2FsdHNhbHRzYWx0$aGFzaGhhc2hoYXNoaGFzaA".to_owned(),
            "argon2$".to_owned(),
            "!".to_owned(),
            String::new(),
        ] {
            assert!(!is_known(&hash), "{hash}");
            assert!(!verify("violet-otter", &hash));
        }
    }
}
