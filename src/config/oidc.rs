//! Where people sign in at an identity provider, and what its groups mean here.
use anyhow::{Context, bail};
use url::{Host, Url};

/// An identity provider that speaks OpenID Connect.
#[derive(Clone)]
pub struct Oidc {
    /// Its address, without a slash at its end.
    pub issuer: String,
    /// What it calls us.
    pub client_id: String,
    /// What shows that it is us; a public client has none.
    pub client_secret: Option<String>,
    /// What is asked for, with blanks between.
    pub scopes: String,
    /// Where a person's groups stand, as `groups` or `realm_access.roles`.
    pub groups_claim: String,
    /// Groups of ours, and the provider's groups whose members belong to them.
    pub groups: [(&'static str, Vec<String>); 3],
    /// Where the provider sends people back to.
    pub redirect_uri: String,
}

impl Oidc {
    /// Reads its variables; none, if there is no provider.
    ///
    /// # Errors
    /// The variable at fault and what it should be.
    pub(super) fn read(
        get: &dyn Fn(&str) -> anyhow::Result<Option<String>>,
        base_url: Option<&str>,
    ) -> anyhow::Result<Option<Self>> {
        let (issuer, client_id) = (get("OIDC_ISSUER")?, get("OIDC_CLIENT_ID")?);
        let (issuer, client_id) = match (issuer, client_id) {
            (Some(issuer), Some(client_id)) => (issuer, client_id),
            (None, None) => return Ok(None),
            (Some(_), None) => bail!("OIDC_ISSUER is set but OIDC_CLIENT_ID is not; give both or none"),
            (None, Some(_)) => bail!("OIDC_CLIENT_ID is set but OIDC_ISSUER is not; give both or none"),
        };
        let base_url = base_url.context(
            "OIDC_ISSUER needs OPINT_BASE_URL, since the provider sends people back to an address below it",
        )?;
        Ok(Some(Self {
            issuer: address(&issuer)?,
            client_id,
            client_secret: get("OIDC_CLIENT_SECRET")?,
            scopes: scopes(get("OIDC_SCOPES")?),
            groups_claim: get("OIDC_GROUPS_CLAIM")?.unwrap_or_else(|| "groups".into()),
            groups: [
                ("Admins", names(get("OPINT_ADMIN_GROUPS")?)),
                ("Operators", names(get("OPINT_OPERATOR_GROUPS")?)),
                ("Shifters", names(get("OPINT_SHIFTER_GROUPS")?)),
            ],
            redirect_uri: format!("{base_url}/auth/oidc/callback/"),
        }))
    }
}

/// Whether nobody on the way can read or change what is said there.
#[must_use]
pub fn is_private(url: &Url) -> bool {
    url.scheme() == "https" || (url.scheme() == "http" && is_loopback(url))
}

/// Whether it is this machine.
#[must_use]
pub fn is_loopback(url: &Url) -> bool {
    match url.host() {
        Some(Host::Domain(name)) => name == "localhost",
        Some(Host::Ipv4(address)) => address.is_loopback(),
        Some(Host::Ipv6(address)) => address.is_loopback(),
        None => false,
    }
}

fn address(text: &str) -> anyhow::Result<String> {
    let like = "it should be like https://auth.example.org/realms/operations";
    let url = Url::parse(text).with_context(|| format!("OIDC_ISSUER is “{text}”; {like}"))?;
    if !is_private(&url) {
        bail!(
            "OIDC_ISSUER is “{text}”; it has to be an https:// address, or anybody on the way could sign in"
        );
    }
    if url.query().is_some() || url.fragment().is_some() {
        bail!("OIDC_ISSUER is “{text}”; {like}, without a question mark or a hash sign");
    }
    Ok(text.trim_end_matches('/').to_owned())
}

/// Without `openid` it would be no OpenID Connect.
fn scopes(text: Option<String>) -> String {
    let text = text.unwrap_or_else(|| "profile email".into());
    let others = text.split([',', ' ']).filter(|scope| !scope.is_empty() && *scope != "openid");
    ["openid"].into_iter().chain(others).collect::<Vec<_>>().join(" ")
}

/// Names of groups; one may have blanks in it.
fn names(text: Option<String>) -> Vec<String> {
    let text = text.unwrap_or_default();
    text.split(',').map(group_name).filter(|name| !name.is_empty()).map(str::to_owned).collect()
}

/// A group's name without the slash that Keycloak writes before it.
#[must_use]
pub fn group_name(text: &str) -> &str {
    let text = text.trim();
    text.strip_prefix('/').unwrap_or(text)
}

#[cfg(test)]
mod tests {
    use crate::config::Config;

    fn read(pairs: &[(&str, &str)]) -> anyhow::Result<Config> {
        Config::read(&|name| {
            pairs.iter().find(|(known, _)| *known == name).map(|(_, value)| (*value).to_owned())
        })
    }

    const WHOLE: [(&str, &str); 3] = [
        ("OIDC_ISSUER", "https://auth.example.org/realms/ops/"),
        ("OIDC_CLIENT_ID", "opint"),
        ("OPINT_BASE_URL", "https://opint.example.org"),
    ];

    #[test]
    fn a_provider_needs_a_name_for_us_and_an_address_to_send_back_to() {
        let oidc = read(&WHOLE).unwrap().oidc.unwrap();
        assert_eq!(oidc.issuer, "https://auth.example.org/realms/ops");
        assert_eq!(oidc.redirect_uri, "https://opint.example.org/auth/oidc/callback/");
        assert_eq!((oidc.scopes.as_str(), oidc.groups_claim.as_str()), ("openid profile email", "groups"));
        assert!(oidc.client_secret.is_none());
        for left_out in WHOLE {
            let some: Vec<_> = WHOLE.into_iter().filter(|pair| *pair != left_out).collect();
            let error = read(&some).err().map(|error| error.to_string()).unwrap_or_default();
            assert!(error.contains(left_out.0), "{error}");
        }
        assert!(read(&[]).unwrap().oidc.is_none());
    }

    #[test]
    fn over_plain_http_only_this_machine_is_believed() {
        for (issuer, right) in [
            ("http://127.0.0.1:8080/realms/x", true),
            ("http://localhost", true),
            ("http://[::1]:1", true),
            ("http://auth.example.org", false),
            ("http://localhost.example.org", false),
            ("ftp://localhost", false),
            ("auth.example.org", false),
            ("https://auth.example.org/?x=1", false),
        ] {
            let pairs = [("OIDC_ISSUER", issuer), WHOLE[1], WHOLE[2]];
            assert_eq!(read(&pairs).is_ok(), right, "{issuer}");
        }
    }

    #[test]
    fn groups_are_parted_by_commas_and_lose_their_slash() {
        let pairs = [WHOLE[0], WHOLE[1], WHOLE[2], ("OPINT_SHIFTER_GROUPS", " /ddm-ops, DDM shifters ,,/")];
        let oidc = read(&pairs).unwrap().oidc.unwrap();
        assert_eq!(oidc.groups[2], ("Shifters", vec!["ddm-ops".to_owned(), "DDM shifters".to_owned()]));
        assert!(oidc.groups[0].1.is_empty());
    }

    #[test]
    fn passwords_can_be_turned_off_only_where_there_is_another_way_in() {
        let off = ("OPINT_LOCAL_SIGN_IN", "false");
        assert!(read(&[off]).is_err());
        assert!(!read(&[WHOLE[0], WHOLE[1], WHOLE[2], off]).unwrap().local_sign_in);
        assert!(read(&[]).unwrap().local_sign_in);
        assert!(read(&[("OPINT_LOCAL_SIGN_IN", "no")]).is_err());
    }
}
