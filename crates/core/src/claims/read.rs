use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use time::OffsetDateTime;

use super::Need;
use super::audience::{Audience, classify};
use crate::error::{Code, Error};
use crate::json::{self, Fields, Json, Read, Wrong};
use crate::secret::{AccessToken, LONGEST};

/// The claims of an access token. Source: Microsoft's page "Access token claims reference".
///
/// The signature is not verified; that is up to the service. The claims only serve to refuse early.
#[derive(Clone, Debug, Default, PartialEq, Eq)]
#[non_exhaustive]
pub struct Claims {
    /// The API that the token is for.
    pub audience: Option<String>,
    /// Application permissions.
    pub roles: Vec<String>,
    /// Delegated permissions.
    pub scopes: Vec<String>,
    /// The tenant.
    pub tenant: Option<String>,
    /// The client id of the app that requested the token.
    pub app_id: Option<String>,
    /// The display name of that app.
    pub app_name: Option<String>,
    /// The user's principal name, in a user's token.
    pub user: Option<String>,
    /// The object id of the user, or of the app's service principal.
    pub object_id: Option<String>,
    /// When the token expires.
    pub expires: Option<OffsetDateTime>,
}

/// What the claims say about the work ahead.
#[derive(Clone, Debug, PartialEq)]
#[non_exhaustive]
pub enum Preflight {
    /// No objection.
    Ok,
    /// Certain to fail: [`Code::MissingPermission`] or [`Code::WrongAudience`].
    Refuse(Error),
    /// May fail, for this reason.
    Warn(String),
}

impl Claims {
    /// Reads the claims of a token; `None` if it is opaque, encrypted, or longer than 64 KiB.
    #[must_use]
    pub fn read(token: &AccessToken) -> Option<Self> {
        let token = token.expose();
        let mut parts = token.split('.');
        let (_, payload, _, None) = (parts.next()?, parts.next()?, parts.next()?, parts.next())
        else {
            return None;
        };
        if token.len() > LONGEST {
            return None;
        }
        let payload = URL_SAFE_NO_PAD.decode(payload.trim_end_matches('=')).ok()?;
        json::parse(&payload).ok().map(|Payload(claims)| claims)
    }

    /// Checks whether a token with these claims can do all steps of `path`.
    ///
    /// Only what is certain to fail is refused: a token for another known API, or one for this API
    /// without any permission for a step. An unknown audience is a warning, whatever the
    /// permissions.
    #[must_use]
    pub fn check(&self, path: &[Need]) -> Preflight {
        let audience = self.audience.as_deref();
        match audience.map_or(Audience::Unknown, classify) {
            Audience::Mde => match self.lacks(path) {
                Some(error) => Preflight::Refuse(error),
                None => Preflight::Ok,
            },
            Audience::Other(name) => Preflight::Refuse(Error::new(
                Code::WrongAudience,
                format!("the token is for {name} (`{}`)", audience.unwrap_or_default()),
            )),
            Audience::Unknown => Preflight::Warn(match audience {
                Some(audience) => {
                    format!("the token is for `{audience}`, which is not known to be this API")
                }
                None => "the token does not say whom it is for".to_owned(),
            }),
        }
    }

    /// Whether an action's `requestor` is the owner of this token: the user by principal name or id
    /// or, for an app's token, the app by its client id or its service principal's id.
    ///
    /// An app's display name is not enough, because it is not unique.
    #[must_use]
    pub fn is_requestor(&self, requestor: &str) -> bool {
        let is_users = self.user.is_some() || !self.scopes.is_empty();
        let name = if is_users { &self.user } else { &self.app_id };
        let requestor = requestor.trim();
        [name, &self.object_id]
            .into_iter()
            .flatten()
            .any(|own| !requestor.is_empty() && own.trim().eq_ignore_ascii_case(requestor))
    }

    /// Whether an action's `requestor` is certainly someone other than the owner of this token.
    ///
    /// The service writes a user's principal name, or an app's id or name. A requestor that cannot
    /// be compared is not excluded.
    #[must_use]
    pub fn excludes_requestor(&self, requestor: &str) -> bool {
        let requestor = requestor.trim();
        let is = |claim: &Option<String>| {
            claim.as_deref().is_some_and(|own| own.eq_ignore_ascii_case(requestor))
        };
        if requestor.is_empty()
            || [&self.app_id, &self.app_name, &self.user, &self.object_id].into_iter().any(is)
        {
            return false;
        }
        let is_app_token = self.scopes.is_empty() && self.user.is_none() && self.app_id.is_some();
        if requestor.contains('@') {
            self.user.is_some() || is_app_token
        } else {
            is_guid(requestor) && is_app_token
        }
    }

    fn lacks(&self, path: &[Need]) -> Option<Error> {
        let is_delegated = !self.scopes.is_empty();
        let missing: Vec<_> = path.iter().filter(|need| !self.has(need)).collect();
        if missing.is_empty() {
            return None;
        }
        let mut grant: Vec<String> = Vec::new();
        for need in &missing {
            let alternatives = if is_delegated { need.scopes } else { need.roles };
            let named = alternatives
                .iter()
                .map(|name| format!("`{name}`"))
                .collect::<Vec<_>>()
                .join(" or ");
            if !grant.contains(&named) {
                grant.push(named);
            }
        }
        let kind = if is_delegated { "delegated" } else { "application" };
        let steps: Vec<_> = missing.iter().map(|need| need.step).collect();
        let held = if is_delegated { &self.scopes } else { &self.roles };
        let held =
            if held.is_empty() { "no permission at all".to_owned() } else { held.join(", ") };
        let message = format!("the token may not {}: it has {held}", steps.join(", nor "));
        Some(Error::new(Code::MissingPermission, message).with_hint(format!(
            "grant the {kind} permission {} (API `WindowsDefenderATP`), give admin consent, and get a new token",
            grant.join(" and ")
        )))
    }

    fn has(&self, need: &Need) -> bool {
        let any = |held: &[String], wanted: &[&str]| {
            held.iter().any(|held| wanted.iter().any(|wanted| wanted.eq_ignore_ascii_case(held)))
        };
        any(&self.roles, need.roles) || any(&self.scopes, need.scopes)
    }
}

/// The payload of a token.
struct Payload(Claims);

impl Read for Payload {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let mut words = |name: &str| match fields.value(name)? {
                None | Some(Json::Null) => Ok(Vec::new()),
                Some(Json::Text(words)) => {
                    Ok(words.split_whitespace().map(str::to_owned).collect())
                }
                Some(words) => Vec::<String>::read(words),
            };
            let (mut audiences, roles, scopes) = (words("aud")?, words("roles")?, words("scp")?);
            let users: [Option<String>; 3] = [
                fields.optional("upn"),
                fields.optional("unique_name"),
                fields.optional("preferred_username"),
            ];
            let expires: Option<i64> = fields.optional("exp");
            Ok(Self(Claims {
                audience: audiences.pop().filter(|_| audiences.is_empty()),
                roles,
                scopes,
                tenant: fields.optional("tid"),
                app_id: fields.either("appid", "azp"),
                app_name: fields.optional("app_displayname"),
                user: users.into_iter().flatten().next(),
                object_id: fields.optional("oid"),
                expires: expires.and_then(|exp| OffsetDateTime::from_unix_timestamp(exp).ok()),
            }))
        })
    }
}

fn is_guid(text: &str) -> bool {
    let lengths: Vec<_> = text.split('-').map(str::len).collect();
    lengths == [8, 4, 4, 4, 12] && text.bytes().all(|byte| byte.is_ascii_hexdigit() || byte == b'-')
}

#[cfg(test)]
mod tests {
    use serde_json::{Value, json};

    use super::*;
    use crate::claims::{CANCEL, COLLECTION_PATH};

    const MDE: &str = "https://api.securitycenter.microsoft.com";

    fn token(claims: &Value) -> AccessToken {
        AccessToken::new(format!("e30.{}.x", URL_SAFE_NO_PAD.encode(claims.to_string())))
    }

    fn check(claims: &Value, path: &[Need]) -> Preflight {
        Claims::read(&token(claims)).unwrap().check(path)
    }

    #[test]
    fn all_permissions_of_the_path_are_looked_for() {
        for (claims, refused) in [
            (
                json!({"aud": MDE, "roles": ["Machine.CollectForensics", "Machine.ReadWrite.All"]}),
                None,
            ),
            (json!({"aud": MDE, "roles": ["Machine.CollectForensics", "Machine.Read.All"]}), None),
            (json!({"aud": MDE, "scp": "Machine.Read Machine.CollectForensics"}), None),
            (
                json!({"aud": MDE, "roles": ["Machine.ReadWrite.All"]}),
                Some("`Machine.CollectForensics`"),
            ),
            (
                json!({"aud": MDE, "roles": ["Machine.CollectForensics"]}),
                Some("`Machine.Read.All` or `Machine.ReadWrite.All` and "),
            ),
            (
                json!({"aud": MDE, "scp": "Machine.CollectForensics"}),
                Some("delegated permission `Machine.Read`"),
            ),
            (json!({"aud": MDE}), Some("application permission")),
        ] {
            match (check(&claims, COLLECTION_PATH), refused) {
                (Preflight::Ok, None) => {}
                (Preflight::Refuse(error), Some(named)) => {
                    assert_eq!(error.code(), Code::MissingPermission);
                    assert!(error.hint().contains(named), "{}", error.hint());
                }
                (other, _) => panic!("{claims}: {other:?}"),
            }
        }
        assert_eq!(
            check(&json!({"aud": MDE, "roles": ["Machine.Scan"]}), &[CANCEL]),
            Preflight::Ok
        );
    }

    #[test]
    fn a_token_for_another_api_is_refused_and_one_for_an_unknown_is_a_warning() {
        let needed = json!(["Machine.CollectForensics", "Machine.ReadWrite.All"]);
        for aud in [
            MDE,
            "https://api.securitycenter.microsoft.com/",
            "https://api-eu.securitycenter.microsoft.com",
            "https://securitycenter.onmicrosoft.com/windowsatpservice",
            "https://securitycenter.onmicrosoft.us/windowsatpservice",
            "fc780465-2017-40d4-a0c5-307022471b92",
            "https://api-gov.securitycenter.microsoft.us",
        ] {
            assert_eq!(
                check(&json!({"aud": aud, "roles": needed}), COLLECTION_PATH),
                Preflight::Ok,
                "{aud}"
            );
        }
        for aud in [
            "https://graph.microsoft.com",
            "00000003-0000-0000-c000-000000000000",
            "https://management.azure.com/",
            "https://vault.azure.net",
            "https://storage.azure.com/",
            "https://graph.windows.net",
            "https://api.loganalytics.io",
        ] {
            match check(&json!({"aud": aud, "roles": needed}), COLLECTION_PATH) {
                Preflight::Refuse(error) => assert_eq!(error.code(), Code::WrongAudience, "{aud}"),
                other => panic!("{aud}: {other:?}"),
            }
        }
        for aud in [
            json!("https://api.security.microsoft.com"),
            json!("api://my-app"),
            Value::Null,
            json!(["a", "b"]),
        ] {
            assert!(
                matches!(check(&json!({"aud": aud}), COLLECTION_PATH), Preflight::Warn(_)),
                "{aud}"
            );
        }
    }

    #[test]
    fn a_requestor_is_the_user_of_a_users_token_and_the_app_of_an_apps() {
        let app = json!({"appid": "a-1", "oid": "o-1", "app_displayname": "playbook"});
        let user = json!({"appid": "a-1", "oid": "o-2", "upn": "me@contoso.com", "scp": "x"});
        for (claims, requestor, expected) in [
            (&app, " A-1 ", true),
            (&app, "o-1", true),
            (&app, "playbook", false),
            (&app, "", false),
            (&app, "me@contoso.com", false),
            (&user, "Me@Contoso.com", true),
            (&user, "o-2", true),
            (&user, "a-1", false),
            (&json!({"scp": "x", "appid": "a-1"}), "a-1", false),
            (&json!({}), "", false),
        ] {
            let claims = Claims::read(&token(claims)).unwrap();
            assert_eq!(claims.is_requestor(requestor), expected, "{requestor}: {claims:?}");
        }
    }

    #[test]
    fn what_is_no_jwt_has_no_claims() {
        for opaque in ["", "opaque", "a.b", "a.b.c", "a.!.c", "a.b.c.d", "e30.W10.x"] {
            assert_eq!(Claims::read(&AccessToken::new(opaque)), None, "{opaque}");
        }
        let long = format!("e30.{}.x", "A".repeat(LONGEST));
        assert_eq!(Claims::read(&AccessToken::new(long)), None);
    }

    #[test]
    fn somebody_else_is_told_from_ourselves() {
        let app = Claims::read(&token(&json!({"appid": "00000000-0000-0000-0000-00000000aaaa", "app_displayname": "Playbook"}))).unwrap();
        let user =
            Claims::read(&token(&json!({"appid": "x", "scp": "a", "upn": "Ann@contoso.com"})))
                .unwrap();
        for (requestor, by_app, by_user) in [
            ("00000000-0000-0000-0000-00000000AAAA", false, false),
            ("Playbook", false, false),
            ("00000000-0000-0000-0000-00000000bbbb", true, false),
            ("ann@contoso.com", true, false),
            ("bob@contoso.com", true, true),
            ("Some name", false, false),
            ("", false, false),
        ] {
            assert_eq!(app.excludes_requestor(requestor), by_app, "{requestor}");
            assert_eq!(user.excludes_requestor(requestor), by_user, "{requestor}");
        }
    }
}
