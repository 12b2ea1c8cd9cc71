use std::time::Duration;

use http::Response;
use time::OffsetDateTime;

use crate::claims::Claims;
use crate::endpoint::{BODY_LIMIT, reply};
use crate::error::Error;
use crate::json::{Fields, Json, Read, Wrong};
use crate::secret::{AccessToken, RefreshToken};

/// A token and its lifetime.
#[derive(Clone, Debug, PartialEq, Eq)]
#[non_exhaustive]
pub struct Token {
    /// The bearer token.
    pub access_token: AccessToken,
    /// How long the token is valid, counted from the reply.
    pub expires_in: Duration,
    /// The refresh token for the next request, if the token is a user's.
    pub refresh_token: Option<RefreshToken>,
    /// The granted scopes, separated by spaces.
    pub scope: Option<String>,
}

impl Token {
    /// Creates a token from elsewhere that is valid for this long.
    #[must_use]
    pub fn new(access_token: AccessToken, expires_in: Duration) -> Self {
        Self { access_token, expires_in, refresh_token: None, scope: None }
    }

    /// Creates a token from a caller's own credential, whose lifetime may be unknown. Then the
    /// token's own `exp` claim counts (RFC 7519, 4.1.4), or five minutes if it cannot be read.
    /// `wall` is the current wall-clock time.
    #[must_use]
    pub fn of_caller(
        access_token: AccessToken,
        expires_in: Option<Duration>,
        wall: OffsetDateTime,
    ) -> Self {
        let told = || {
            let end = Claims::read(&access_token)?.expires?;
            Some(Duration::try_from(end - wall).unwrap_or_default())
        };
        let expires_in = expires_in.or_else(told).unwrap_or(UNTOLD);
        Self::new(access_token, expires_in)
    }
}

/// The assumed lifetime of a token that does not say when it expires.
const UNTOLD: Duration = Duration::from_secs(300);

struct Wire {
    access_token: AccessToken,
    token_type: Option<String>,
    expires_in: Option<u64>,
    expires_on: Option<u64>,
    refresh_token: Option<RefreshToken>,
    scope: Option<String>,
}

impl Read for Wire {
    fn read(json: Json<'_>) -> Result<Self, Wrong> {
        Fields::read(json, |fields| {
            let refresh_token: Option<String> = fields.optional("refresh_token");
            Ok(Self {
                access_token: AccessToken::new(fields.take::<String>("access_token")?),
                token_type: fields.optional("token_type"),
                expires_in: seconds(fields, "expires_in")?,
                expires_on: seconds(fields, "expires_on")?,
                refresh_token: refresh_token
                    .filter(|token| !token.is_empty())
                    .map(RefreshToken::new),
                scope: fields.optional("scope"),
            })
        })
    }
}

/// Reads a token. `wall` is the current wall-clock time, for services that give only the time of
/// expiry.
pub(super) fn read(
    response: &Response<Vec<u8>>,
    wall: Option<OffsetDateTime>,
) -> Result<Token, Error> {
    let wire: Wire = reply::json(response, BODY_LIMIT)?;
    let invalid = |path: &str, why: &str| Err(reply::invalid_shape(response, path, why));
    if wire.access_token.expose().is_empty() {
        return invalid("access_token", "it is empty");
    }
    if wire.token_type.as_deref().is_some_and(|kind| !kind.eq_ignore_ascii_case("bearer")) {
        return invalid("token_type", "it is not `Bearer`");
    }
    let until_end = || {
        let now = u64::try_from(wall?.unix_timestamp()).ok()?;
        Some(wire.expires_on?.saturating_sub(now))
    };
    let Some(seconds) = wire.expires_in.or_else(until_end) else {
        return invalid("expires_in", "it is missing");
    };
    Ok(Token {
        access_token: wire.access_token,
        expires_in: Duration::from_secs(seconds),
        refresh_token: wire.refresh_token,
        scope: wire.scope,
    })
}

/// A number of seconds; managed identities write it as text.
pub(super) fn seconds(fields: &mut Fields<'_>, name: &str) -> Result<Option<u64>, Wrong> {
    match fields.value(name)? {
        None | Some(Json::Null) => Ok(None),
        Some(Json::Text(text)) => {
            let parsed = text.trim().parse().map(Some);
            parsed.map_err(|_| Wrong::new("it is no number of seconds").at(name))
        }
        Some(number) => u64::read(number).map(Some).map_err(|wrong| wrong.at(name)),
    }
}
