//! Client assertions (Microsoft Learn, "Microsoft identity platform application authentication
//! certificate credentials" and "Workload identity federation").
//!
//! The signature of an assertion made with a certificate is verified. That of an external issuer is
//! not, because the emulator cannot get the issuer's keys; its issuer, subject, audience and time
//! are checked.

use base64::Engine as _;
use base64::engine::general_purpose::URL_SAFE_NO_PAD;
use ring::signature::{
    RSA_PKCS1_2048_8192_SHA256, RSA_PSS_2048_8192_SHA256, UnparsedPublicKey, VerificationAlgorithm,
};
use time::OffsetDateTime;

use super::error::LoginError;
use super::jwt::Jwt;
use super::x509::Certificate;
use crate::config::App;
use crate::exchange::Call;
use crate::world::World;

/// Fails if the assertion does not prove that the caller is `app`.
pub(super) fn check(
    call: &Call<'_>,
    text: &str,
    app: &App,
    world: &World,
) -> Result<(), LoginError> {
    let jwt = Jwt::parse(text).ok_or_else(|| {
        LoginError::client(50_027, "JWT token is invalid or malformed: client_assertion.")
    })?;
    check_time(&jwt, call.now)?;
    if jwt.text("iss").is_some_and(|issuer| issuer.eq_ignore_ascii_case(&app.client_id)) {
        own(call, &jwt, app, world)
    } else {
        federated(&jwt, app)
    }
}

/// Checks an assertion that the app signed itself.
fn own(call: &Call<'_>, jwt: &Jwt, app: &App, world: &World) -> Result<(), LoginError> {
    if jwt.text("sub") != jwt.text("iss") {
        let message = "Client assertion contains an invalid subject: 'sub' must be the client id.";
        return Err(LoginError::client(700_021, message));
    }
    if jwt.text("jti").is_none() {
        return Err(LoginError::client(50_027, "Client assertion has no 'jti'."));
    }
    check_audience(call, jwt, world)?;
    let certificate = app
        .certificates
        .iter()
        .filter_map(|pem| Certificate::from_pem(pem))
        .find(|certificate| names(jwt, certificate))
        .ok_or_else(|| {
            let message = "The certificate with identifier used to sign the client assertion is \
                           not registered on application.";
            LoginError::client(700_027, message)
        })?;
    let algorithm: &dyn VerificationAlgorithm = match jwt.header.get("alg").and_then(|a| a.as_str())
    {
        Some("PS256") => &RSA_PSS_2048_8192_SHA256,
        Some("RS256") => &RSA_PKCS1_2048_8192_SHA256,
        _ => {
            let message = "The client assertion's algorithm is neither PS256 nor RS256.";
            return Err(LoginError::client(5_002_730, message));
        }
    };
    UnparsedPublicKey::new(algorithm, certificate.public_key())
        .verify(jwt.signed.as_bytes(), &jwt.signature)
        .map_err(|_| LoginError::client(700_027, "Client assertion failed signature validation."))
}

/// Whether the header names this certificate, in the current form or in the old one. Some libraries
/// pad the thumbprint, which the service accepts too.
fn names(jwt: &Jwt, certificate: &Certificate) -> bool {
    let header = |name: &str| jwt.header.get(name).and_then(|value| value.as_str());
    let is = |named: &str, thumbprint: &[u8]| {
        named.trim_end_matches('=') == URL_SAFE_NO_PAD.encode(thumbprint)
    };
    match header("x5t#S256") {
        Some(named) => is(named, &certificate.sha256()),
        None => header("x5t").is_some_and(|named| is(named, &certificate.sha1())),
    }
}

fn check_audience(call: &Call<'_>, jwt: &Jwt, world: &World) -> Result<(), LoginError> {
    let login = &call.shared.origins().login;
    let tenants = std::iter::once(&world.tenant.id).chain(&world.tenant.domains);
    let audience = jwt.text("aud").unwrap_or_default();
    let meant = tenants.flat_map(|tenant| {
        ["oauth2/v2.0/token", "oauth2/token", "v2.0", ""]
            .map(|end| format!("{login}/{tenant}/{end}"))
    });
    if meant.into_iter().any(|meant| meant.eq_ignore_ascii_case(audience)) {
        return Ok(());
    }
    let message = format!("Client assertion contains an invalid audience '{audience}'.");
    Err(LoginError::client(700_023, message))
}

/// Checks an assertion of an external issuer.
fn federated(jwt: &Jwt, app: &App) -> Result<(), LoginError> {
    let claim = |name: &str| jwt.text(name).unwrap_or_default();
    let matches = app.federated.iter().any(|known| {
        known.issuer == claim("iss")
            && known.subject == claim("sub")
            && known.audience == claim("aud")
    });
    if matches {
        return Ok(());
    }
    let message = format!(
        "No matching federated identity record found for presented assertion issuer '{}', subject \
         '{}', audience '{}'.",
        claim("iss"),
        claim("sub"),
        claim("aud")
    );
    Err(LoginError::client(700_213, message))
}

/// Checks the times against the emulator's clock or the real one, whichever fits: the caller who
/// signed it may only know the real time.
fn check_time(jwt: &Jwt, now: OffsetDateTime) -> Result<(), LoginError> {
    let refused = |message| Err(LoginError::client(700_024, message));
    let Some(expires) = jwt.time("exp") else {
        return refused("Client assertion has no 'exp'.");
    };
    let from = jwt.time("nbf").unwrap_or(0.0);
    #[expect(clippy::cast_precision_loss, reason = "seconds since 1970 fit a double exactly")]
    let alive = |now: OffsetDateTime| {
        let now = now.unix_timestamp() as f64;
        from - SKEW <= now && now < expires + SKEW
    };
    if alive(now) || alive(OffsetDateTime::now_utc()) {
        return Ok(());
    }
    refused("Client assertion is not within its valid time range.")
}

/// The permitted difference between two clocks, in seconds.
const SKEW: f64 = 300.0;
