//! Tokens: every flow, and what each is refused for.

use base64::Engine as _;
use base64::engine::general_purpose::{STANDARD, URL_SAFE, URL_SAFE_NO_PAD};
use mde_forensics_emulator::TokenRequest;
use mde_forensics_emulator::config::FederatedCredential;
use reqwest::StatusCode;
use ring::rand::SystemRandom;
use ring::signature::{RSA_PKCS1_SHA256, RSA_PSS_SHA256, RsaEncoding, RsaKeyPair};
use serde_json::{Value, json};

use crate::support::{CLIENT_ID, SCOPE, SECRET, START, Service, TENANT};

const RESOURCE: &str = "https://api.securitycenter.microsoft.com";
const V1: &str = "contoso.onmicrosoft.com/oauth2/token";
const V2: &str = "contoso.onmicrosoft.com/oauth2/v2.0/token";
const JWT_BEARER: &str = "urn:ietf:params:oauth:client-assertion-type:jwt-bearer";

/// The fields of a client secret at the v2 endpoint, with these changes; an empty value is left
/// out.
fn secret_form<'a>(changes: &[(&'a str, &'a str)]) -> Vec<(&'a str, &'a str)> {
    let mut fields = vec![
        ("grant_type", "client_credentials"),
        ("client_id", CLIENT_ID),
        ("client_secret", SECRET),
        ("scope", SCOPE),
    ];
    for change in changes {
        fields.retain(|field| field.0 != change.0);
        fields.push(*change);
    }
    fields.retain(|field| !field.1.is_empty());
    fields
}

fn claims(token: &str) -> Value {
    let payload = token.split('.').nth(1).unwrap();
    serde_json::from_slice(&URL_SAFE_NO_PAD.decode(payload).unwrap()).unwrap()
}

#[tokio::test]
async fn both_endpoints_give_a_token_with_the_claims_of_the_app() {
    let service = Service::start(|_| {}).await;
    let (status, v2) = service.form(V2, &secret_form(&[])).await;
    assert_eq!(status, StatusCode::OK, "{v2}");
    assert_eq!(v2["token_type"], "Bearer");
    assert_eq!((&v2["expires_in"], &v2["ext_expires_in"]), (&json!(3_599), &json!(3_599)));
    assert_eq!(v2.get("refresh_token"), None, "there is none for an app");

    let form = secret_form(&[("scope", ""), ("resource", RESOURCE)]);
    let (status, v1) = service.form(V1, &form).await;
    assert_eq!(status, StatusCode::OK, "{v1}");
    assert_eq!(v1["expires_in"], "3599", "strings, at the v1 endpoint");
    assert_eq!(v1["resource"], RESOURCE);

    for reply in [&v1, &v2] {
        let claims = claims(reply["access_token"].as_str().unwrap());
        assert_eq!(claims["aud"], RESOURCE);
        assert_eq!(claims["appid"], CLIENT_ID);
        assert_eq!(claims["tid"], "11111111-2222-4333-8444-555555555555");
        assert_eq!(claims["exp"], START.unix_timestamp() + 3_599);
        assert_eq!(claims["roles"].as_array().unwrap().len(), 3);
        assert_eq!(claims.get("scp"), None);
    }
}

#[tokio::test]
async fn an_app_without_permissions_gets_a_token_without_roles() {
    let service = Service::start(|config| config.tenant.apps[0].roles.clear()).await;
    let (_, reply) = service.form(V2, &secret_form(&[])).await;
    assert_eq!(claims(reply["access_token"].as_str().unwrap()).get("roles"), None);
}

#[tokio::test]
async fn a_wrong_request_is_refused_with_entra_s_numbers() {
    let service = Service::start(|_| {}).await;
    for (changes, status, error, number) in [
        (("client_secret", "wrong"), 401, "invalid_client", 7_000_215),
        (("client_secret", ""), 401, "invalid_client", 7_000_218),
        (("client_id", "nobody"), 400, "unauthorized_client", 700_016),
        (("client_id", ""), 400, "invalid_request", 900_144),
        (("grant_type", ""), 400, "invalid_request", 900_144),
        (("grant_type", "password"), 400, "unsupported_grant_type", 70_003),
        (("scope", ""), 400, "invalid_request", 900_144),
        (("scope", "https://example.com/.default"), 400, "invalid_resource", 500_011),
        (("scope", ".default"), 400, "invalid_scope", 70_011),
        (
            ("scope", "https://api.securitycenter.microsoft.com/Machine.Read"),
            400,
            "invalid_scope",
            1_002_012,
        ),
        (("client_assertion_type", "other"), 400, "invalid_request", 50_027),
    ] {
        let (got, body) = service.form(V2, &secret_form(&[changes])).await;
        assert_eq!(got.as_u16(), status, "{changes:?}: {body}");
        assert_eq!(body["error"], error, "{changes:?}");
        assert_eq!(body["error_codes"], json!([number]));
        let text = body["error_description"].as_str().unwrap();
        assert!(text.starts_with(&format!("AADSTS{number}: ")), "{text}");
        assert!(body["trace_id"].is_string() && body["correlation_id"].is_string());
    }
    let (status, body) = service.form(V1, &secret_form(&[])).await;
    assert_eq!((status.as_u16(), &body["error_codes"]), (400, &json!([900_144])), "no resource");
    let (status, body) = service.form("nowhere.com/oauth2/v2.0/token", &secret_form(&[])).await;
    assert_eq!((status.as_u16(), &body["error_codes"]), (400, &json!([90_002])));
    let (_, body) = service.form("common/oauth2/v2.0/token", &secret_form(&[])).await;
    assert_eq!(body["error_codes"], json!([90_002]), "an app signs in at a tenant");
    let url = format!("{}/{V2}", service.emulator.login_url());
    let reply = service.client.post(url).json(&json!({})).send().await.unwrap();
    assert_eq!(reply.status(), StatusCode::BAD_REQUEST, "not a form");
}

/// An assertion of the test app's certificate, with these changes.
fn assertion(service: &Service, algorithm: &str, change: impl FnOnce(&mut Value)) -> String {
    let pem: String =
        include_str!("data/app.pem").lines().filter(|line| !line.starts_with("--")).collect();
    let der = STANDARD.decode(pem).unwrap();
    // Padded, as MSAL for Python does it.
    let digest = |of| URL_SAFE.encode(ring::digest::digest(of, &der).as_ref());
    let header = match algorithm {
        "PS256" => json!({"alg": "PS256", "typ": "JWT", "x5t#S256": digest(&ring::digest::SHA256)}),
        _ => json!({"alg": "RS256", "typ": "JWT",
                    "x5t": digest(&ring::digest::SHA1_FOR_LEGACY_USE_ONLY)}),
    };
    let now = START.unix_timestamp();
    let mut claims = json!({
        "aud": format!("{}/{V2}", service.emulator.login_url()),
        "iss": CLIENT_ID, "sub": CLIENT_ID, "jti": "1", "nbf": now, "iat": now, "exp": now + 600,
    });
    change(&mut claims);
    let part = |value: &Value| URL_SAFE_NO_PAD.encode(value.to_string());
    let signed = format!("{}.{}", part(&header), part(&claims));
    let key: String =
        include_str!("data/app.key.pem").lines().filter(|line| !line.starts_with("--")).collect();
    let key = RsaKeyPair::from_pkcs8(&STANDARD.decode(key).unwrap()).unwrap();
    let mut signature = vec![0; key.public().modulus_len()];
    let padding: &dyn RsaEncoding =
        if algorithm == "PS256" { &RSA_PSS_SHA256 } else { &RSA_PKCS1_SHA256 };
    key.sign(padding, &SystemRandom::new(), signed.as_bytes(), &mut signature).unwrap();
    format!("{signed}.{}", URL_SAFE_NO_PAD.encode(signature))
}

async fn present(service: &Service, assertion: &str) -> (u16, Value) {
    let form = secret_form(&[
        ("client_secret", ""),
        ("client_assertion_type", JWT_BEARER),
        ("client_assertion", assertion),
    ]);
    let (status, body) = service.form(V2, &form).await;
    (status.as_u16(), body["error_codes"][0].clone())
}

#[tokio::test]
async fn a_certificate_proves_the_app_with_both_algorithms() {
    let service = Service::start(|config| {
        let app = &mut config.tenant.apps[0];
        app.certificates = vec![
            include_str!("data/other.pem").to_owned(),
            include_str!("data/app.pem").to_owned(),
        ];
    })
    .await;
    for algorithm in ["PS256", "RS256"] {
        let good = assertion(&service, algorithm, |_| {});
        assert_eq!(present(&service, &good).await, (200, Value::Null), "{algorithm}");
    }
    let changed = |name: &'static str, value: Value| move |claims: &mut Value| claims[name] = value;
    let past = START.unix_timestamp() - 1_000;
    for (bad, number) in [
        (assertion(&service, "PS256", changed("aud", json!("https://example.com"))), 700_023),
        (assertion(&service, "PS256", changed("sub", json!("other"))), 700_021),
        (assertion(&service, "PS256", changed("iss", json!("other"))), 700_213),
        (assertion(&service, "PS256", changed("exp", json!(past))), 700_024),
        (assertion(&service, "PS256", changed("exp", Value::Null)), 700_024),
        (assertion(&service, "PS256", changed("jti", Value::Null)), 50_027),
        ("a.b".to_owned(), 50_027),
    ] {
        assert_eq!(present(&service, &bad).await, (401, json!(number)), "{bad}");
    }
    let good = assertion(&service, "PS256", |_| {});
    let (signed, _) = good.rsplit_once('.').unwrap();
    let forged = format!("{signed}.{}", URL_SAFE_NO_PAD.encode([0; 256]));
    assert_eq!(present(&service, &forged).await, (401, json!(700_027)), "a forged signature");
}

#[tokio::test]
async fn a_certificate_that_is_not_registered_proves_nothing() {
    let service = Service::start(|config| {
        config.tenant.apps[0].certificates = vec![include_str!("data/other.pem").to_owned()];
    })
    .await;
    let unknown = assertion(&service, "PS256", |_| {});
    assert_eq!(present(&service, &unknown).await, (401, json!(700_027)));
}

#[tokio::test]
async fn a_foreign_token_proves_the_app_where_it_is_trusted() {
    let service = Service::start(|config| {
        let trusted = FederatedCredential::new("https://issuer.example", "system:playbook");
        config.tenant.apps[0].federated = vec![trusted];
    })
    .await;
    let foreign = |subject: &str| {
        let claims = json!({
            "iss": "https://issuer.example", "sub": subject, "aud": "api://AzureADTokenExchange",
            "exp": START.unix_timestamp() + 600,
        });
        let part = |value: Value| URL_SAFE_NO_PAD.encode(value.to_string());
        format!("{}.{}.c2ln", part(json!({"alg": "RS256"})), part(claims))
    };
    assert_eq!(present(&service, &foreign("system:playbook")).await, (200, Value::Null));
    assert_eq!(present(&service, &foreign("system:other")).await, (401, json!(700_213)));
}

/// A device code: what the app asks with, and what the user types.
async fn device_code(service: &Service) -> (String, String) {
    let fields = [("client_id", CLIENT_ID), ("scope", &format!("{SCOPE} offline_access openid"))];
    let (status, prompt) = service.form(&format!("{TENANT}/oauth2/v2.0/devicecode"), &fields).await;
    assert_eq!(status, StatusCode::OK, "{prompt}");
    assert_eq!((&prompt["expires_in"], &prompt["interval"]), (&json!(900), &json!(5)));
    let text = |name: &str| prompt[name].as_str().unwrap().to_owned();
    assert!(text("message").contains(&text("user_code")));
    assert!(text("verification_uri").starts_with(service.emulator.login_url()));
    (text("device_code"), text("user_code"))
}

async fn poll(service: &Service, code: &str) -> (u16, Value) {
    let grant = "urn:ietf:params:oauth:grant-type:device_code";
    let fields = [("grant_type", grant), ("client_id", CLIENT_ID), ("device_code", code)];
    let (status, body) = service.form("common/oauth2/v2.0/token", &fields).await;
    (status.as_u16(), body)
}

#[tokio::test]
async fn a_user_signs_in_with_a_device_code() {
    let service = Service::start(|_| {}).await;
    let (code, typed) = device_code(&service).await;
    let mut errors = Vec::new();
    for step in [0, 1, 5] {
        service.advance(step);
        errors.push(poll(&service, &code).await.1["error"].as_str().unwrap().to_owned());
    }
    assert_eq!(errors, ["authorization_pending", "slow_down", "authorization_pending"]);
    service.handle.approve_device_code(&typed, "analyst@contoso.com").unwrap();
    service.advance(5);
    let (status, body) = poll(&service, &code).await;
    assert_eq!(status, 200, "{body}");
    let user = claims(body["access_token"].as_str().unwrap());
    assert_eq!(user["scp"], "Machine.Read Machine.ReadWrite Machine.CollectForensics");
    assert_eq!((&user["upn"], user.get("roles")), (&json!("analyst@contoso.com"), None));
    assert!(body["id_token"].is_string() && body["refresh_token"].is_string());
    assert!(body["scope"].as_str().unwrap().starts_with("https://api.securitycenter"));
    service.advance(5);
    assert_eq!(poll(&service, &code).await.1["error"], "invalid_grant", "only once");

    let refresh = body["refresh_token"].as_str().unwrap();
    let fields = |token| {
        [
            ("grant_type", "refresh_token"),
            ("client_id", CLIENT_ID),
            ("refresh_token", token),
            ("scope", SCOPE),
        ]
    };
    let (status, renewed) = service.form(V2, &fields(refresh)).await;
    assert_eq!(status, StatusCode::OK, "{renewed}");
    assert_ne!(renewed["access_token"], body["access_token"]);
    let (_, refused) = service.form(V2, &fields("other")).await;
    assert_eq!(refused["error"], "invalid_grant");
}

#[tokio::test]
async fn a_device_code_is_declined_forgotten_or_approves_itself() {
    let service = Service::start(|_| {}).await;
    let (code, typed) = device_code(&service).await;
    service.handle.decline_device_code(&typed).unwrap();
    assert_eq!(poll(&service, &code).await.1["error"], "authorization_declined");
    let (code, typed) = device_code(&service).await;
    service.handle.expire_device_code(&typed).unwrap();
    assert_eq!(poll(&service, &code).await.1["error"], "expired_token");
    let (code, _) = device_code(&service).await;
    service.advance(900);
    assert_eq!(poll(&service, &code).await.1["error"], "expired_token");
    assert_eq!(poll(&service, "other").await.1["error"], "bad_verification_code");

    service.handle.change_options(|options| options.device_code_approval = Some(30.0));
    let (code, _) = device_code(&service).await;
    service.advance(29);
    assert_eq!(poll(&service, &code).await.1["error"], "authorization_pending");
    service.advance(5);
    assert_eq!(poll(&service, &code).await.0, 200);
}

#[tokio::test]
async fn a_user_gets_no_more_than_was_asked_for_and_granted() {
    let service = Service::with_options(|it| it.device_code_approval = Some(0.0)).await;
    for (scope, expected) in
        [("Machine.Read", json!("Machine.Read")), ("Machine.Isolate", Value::Null)]
    {
        let scope = format!("{RESOURCE}/{scope}");
        let fields = [("client_id", CLIENT_ID), ("scope", scope.as_str())];
        let (_, prompt) = service.form(&format!("{TENANT}/oauth2/v2.0/devicecode"), &fields).await;
        let (_, body) = poll(&service, prompt["device_code"].as_str().unwrap()).await;
        let scp = body["access_token"].as_str().map(|token| claims(token)["scp"].clone());
        assert_eq!(scp.unwrap_or_default(), expected, "{body}");
        assert_eq!(body["error_codes"] == json!([65_001]), expected.is_null());
    }
}

#[tokio::test]
async fn a_user_s_token_is_exchanged_on_his_behalf() {
    let service = Service::start(|_| {}).await;
    let issue = |audience: &str, user: Option<&str>| {
        let mut request = TokenRequest::default();
        request.audience = Some(audience.to_owned());
        request.user = user.map(str::to_owned);
        service.handle.issue_token(&request).unwrap()
    };
    let user = "analyst@contoso.com";
    let api = format!("api://{CLIENT_ID}");
    for (token, expected) in [
        (issue(CLIENT_ID, Some(user)), None),
        (issue(&api, Some(user)), None),
        (issue(RESOURCE, Some(user)), Some(50_013)),
        (issue(CLIENT_ID, None), Some(50_013)),
        ("x.y.z".to_owned(), Some(50_013)),
    ] {
        let form = secret_form(&[
            ("grant_type", "urn:ietf:params:oauth:grant-type:jwt-bearer"),
            ("requested_token_use", "on_behalf_of"),
            ("assertion", &token),
        ]);
        let (_, body) = service.form(V2, &form).await;
        assert_eq!(body["error_codes"][0].as_u64(), expected, "{body}");
        if expected.is_none() {
            assert_eq!(claims(body["access_token"].as_str().unwrap())["upn"], user);
        }
    }
}

#[tokio::test]
async fn libraries_discover_the_endpoints() {
    let service = Service::start(|_| {}).await;
    let login = service.emulator.login_url();
    let get = async |path: &str| -> Value {
        service.client.get(format!("{login}/{path}")).send().await.unwrap().json().await.unwrap()
    };
    let instance = get("common/discovery/instance?api-version=1.1").await;
    let host = login.strip_prefix("http://").unwrap();
    assert_eq!(instance["metadata"][0]["aliases"], json!([host]));
    let openid = get(&format!("{TENANT}/v2.0/.well-known/openid-configuration")).await;
    assert_eq!(openid["token_endpoint"], format!("{login}/{V2}"));
    let keys = openid["jwks_uri"].as_str().unwrap().strip_prefix(login).unwrap();
    assert_eq!(get(keys.trim_start_matches('/')).await, json!({"keys": []}));
    let unknown = get("nowhere.com/v2.0/.well-known/openid-configuration").await;
    assert_eq!(unknown["error_codes"], json!([90_002]));
}
