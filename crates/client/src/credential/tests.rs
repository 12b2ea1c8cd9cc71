use std::sync::atomic::{AtomicU64, Ordering};
use std::sync::{Arc, Mutex};
use std::time::Duration;

use mde_forensics_core::endpoint::token::ManagedIdentity;
use mde_forensics_core::{
    AccessToken, BaseUrl, ClientSecret, Cloud, Code, CustomCloud, IdentityHeader, Tenant,
    UserAssertion,
};
use time::macros::datetime;

use super::*;
use crate::canned::{Canned, reply};
use crate::clock::{Clock, JumpClock};
use crate::transport::{Proxy, Transport, TransportOptions};

const SECRET: &str = "hunter2&more";

fn json(status: &str, body: &str) -> Vec<u8> {
    reply(status, &[("content-type", "application/json; charset=utf-8")], body)
}

fn granted(token: &str) -> Vec<u8> {
    let body = format!(r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}"}}"#);
    json("200 OK", &body)
}

/// A login service with canned replies, and the time spent sleeping.
struct Bench {
    server: Canned,
    cx: TokenContext,
    slept: Arc<AtomicU64>,
}

impl Bench {
    async fn new(replies: impl IntoIterator<Item = Vec<u8>>) -> Self {
        Self::with(replies, false).await
    }

    async fn with(replies: impl IntoIterator<Item = Vec<u8>>, uses_v1: bool) -> Self {
        let server = Canned::new(replies).await;
        let slept = Arc::new(AtomicU64::new(0));
        let hook = Arc::clone(&slept);
        let clock = JumpClock::new(datetime!(2026-01-05 10:00 UTC), move |jump: Duration| {
            hook.fetch_add(jump.as_secs(), Ordering::SeqCst);
        });
        let options = TransportOptions { proxy: Proxy::None, ..TransportOptions::default() };
        let login = BaseUrl::parse(&server.url("")).unwrap();
        let cx = TokenContext::new(
            Tenant::parse("contoso.onmicrosoft.com").unwrap(),
            CustomCloud::of(&Cloud::Commercial).with_login(login).into(),
            uses_v1,
            Arc::new(clock) as Arc<dyn Clock>,
            Transport::new(&options).unwrap(),
        );
        Self { server, cx, slept }
    }

    fn endpoint(&self) -> BaseUrl {
        BaseUrl::parse(&self.server.url("")).unwrap()
    }

    fn slept(&self) -> u64 {
        self.slept.load(Ordering::SeqCst)
    }

    async fn token(&self, credential: &dyn Credential) -> Result<String, Error> {
        credential.token(&self.cx).await.map(|token| token.access_token.expose().to_owned())
    }
}

fn app() -> ClientSecretCredential {
    ClientSecretCredential::new("app-id", ClientSecret::new(SECRET))
}

#[tokio::test]
async fn a_secret_is_sent_encoded_in_both_styles() {
    let bench = Bench::new([granted("one")]).await;
    assert_eq!(bench.token(&app()).await.unwrap(), "one");
    let asked = bench.server.asked();
    assert!(asked[0].starts_with("POST /contoso.onmicrosoft.com/oauth2/v2.0/token HTTP/1.1\r\n"));
    assert!(asked[0].contains("client_secret=hunter2%26more"), "{}", asked[0]);
    assert!(asked[0].contains("scope=https%3A%2F%2Fapi.securitycenter.microsoft.com%2F.default"));

    let bench = Bench::with([granted("one")], true).await;
    bench.token(&app()).await.unwrap();
    let asked = bench.server.asked();
    assert!(asked[0].starts_with("POST /contoso.onmicrosoft.com/oauth2/token HTTP/1.1\r\n"));
    assert!(asked[0].contains("resource=https%3A%2F%2Fapi.securitycenter.microsoft.com"));
}

#[tokio::test]
async fn a_refusal_keeps_the_services_words_and_no_secret() {
    let body = r#"{"error":"invalid_client","error_description":"AADSTS7000215: Invalid client secret provided.","error_codes":[7000215]}"#;
    let bench = Bench::new([json("401 Unauthorized", body)]).await;
    let error = bench.token(&app()).await.unwrap_err();
    assert_eq!(error.code(), Code::TokenRefused);
    assert!(error.service_message().unwrap().contains("AADSTS7000215"));
    let printed = format!("{error:?} {error} {:?} {:?}", app(), bench.cx);
    assert!(!printed.contains("hunter2"), "{printed}");
}

#[tokio::test]
async fn a_federated_token_is_read_anew_each_time() {
    let folder = tempfile::tempdir().unwrap();
    let file = folder.path().join("token");
    let credential = FederatedCredential::new("app-id", &file);
    let bench = Bench::new([granted("one"), granted("two")]).await;
    for jwt in ["first.jwt.x", "second.jwt.x"] {
        std::fs::write(&file, format!("{jwt}\n")).unwrap();
        bench.token(&credential).await.unwrap();
    }
    let asked = bench.server.asked();
    assert!(
        asked[0].contains("client_assertion=first.jwt.x&")
            || asked[0].ends_with("client_assertion=first.jwt.x")
    );
    assert!(asked[1].contains("client_assertion=second.jwt.x"));

    for content in [Some(" \n"), None] {
        match content {
            Some(content) => std::fs::write(&file, content).unwrap(),
            None => std::fs::remove_file(&file).unwrap(),
        }
        let error = bench.token(&credential).await.unwrap_err();
        assert_eq!(error.code(), Code::InvalidCredential);
        assert!(error.message().contains(file.to_str().unwrap()), "{error}");
    }
}

#[tokio::test]
async fn a_machine_is_asked_until_its_service_is_back() {
    let imds = r#"{"access_token":"one","expires_in":"3599","expires_on":"1767610799","token_type":"Bearer"}"#;
    let bench = Bench::new([
        json("410 Gone", "{}"),
        json("404 Not Found", "{}"),
        json("500 No", "{}"),
        json("200 OK", imds),
    ])
    .await;
    let credential =
        ManagedIdentityCredential::of_machine_at(ManagedIdentity::System, bench.endpoint());
    assert_eq!(bench.token(&credential).await.unwrap(), "one");
    assert_eq!(bench.slept(), 8);
    let asked = &bench.server.asked()[0];
    assert!(asked.to_ascii_lowercase().contains("metadata: true\r\n"), "{asked}");
}

#[tokio::test]
async fn a_machine_without_the_identity_is_not_asked_again() {
    let body = r#"{"error":"invalid_request","error_description":"Identity not found"}"#;
    let bench = Bench::new([json("400 Bad Request", body)]).await;
    let credential =
        ManagedIdentityCredential::of_machine_at(ManagedIdentity::System, bench.endpoint());
    assert_eq!(bench.token(&credential).await.unwrap_err().code(), Code::TokenRefused);
    assert_eq!(bench.server.asked().len(), 1);
}

#[tokio::test]
async fn an_app_is_asked_with_its_header() {
    let body =
        r#"{"access_token":"one","expires_on":"1767610800","token_type":"Bearer","resource":"x"}"#;
    let bench = Bench::new([json("200 OK", body)]).await;
    let identity = ManagedIdentity::ClientId("user-assigned".to_owned());
    let header = IdentityHeader::new(SECRET);
    let credential =
        ManagedIdentityCredential::of_app(identity, bench.server.url("/msi/token"), header);
    let token = credential.token(&bench.cx).await.unwrap();
    assert_eq!(token.expires_in, Duration::from_secs(3600));
    let asked = bench.server.asked()[0].to_ascii_lowercase();
    assert!(asked.starts_with("get /msi/token?api-version=2019-08-01&resource="), "{asked}");
    assert!(
        asked.contains("client_id=user-assigned") && asked.contains("x-identity-header: hunter2")
    );
    assert!(!format!("{credential:?}").contains("hunter2"));
}

const PROMPT: &str = r#"{"device_code":"dev-hunter2","user_code":"ABC-123","verification_uri":"https://microsoft.com/devicelogin","expires_in":900,"interval":5,"message":"go"}"#;

fn pending(error: &str) -> Vec<u8> {
    json("400 Bad Request", &format!(r#"{{"error":"{error}","error_description":"AADSTS70016"}}"#))
}

fn signed_in(token: &str, refresh: &str) -> Vec<u8> {
    let body = format!(
        r#"{{"token_type":"Bearer","expires_in":3599,"access_token":"{token}","refresh_token":"{refresh}"}}"#
    );
    json("200 OK", &body)
}

fn device(shown: &Arc<Mutex<Vec<String>>>) -> impl Credential + use<> {
    let shown = Arc::clone(shown);
    DeviceCodeCredential::new("app-id", move |prompt: &_| {
        let prompt: &mde_forensics_core::endpoint::token::DeviceCodePrompt = prompt;
        shown.lock().unwrap().push(prompt.user_code.clone());
    })
}

#[tokio::test]
async fn a_device_code_is_shown_once_and_polled_at_its_pace() {
    let shown = Arc::default();
    let credential = device(&shown);
    let bench = Bench::new([
        json("200 OK", PROMPT),
        pending("authorization_pending"),
        pending("slow_down"),
        Vec::new(),
        signed_in("one", "refresh-1"),
        signed_in("two", "refresh-2"),
        json("400 Bad Request", r#"{"error":"invalid_grant","error_codes":[700082]}"#),
        json("200 OK", PROMPT),
        signed_in("three", "refresh-3"),
    ])
    .await;
    assert_eq!(bench.token(&credential).await.unwrap(), "one");
    assert_eq!(*shown.lock().unwrap(), ["ABC-123"]);
    // 5, 5, 10 after the slow_down, 20 after the lost answer.
    assert_eq!(bench.slept(), 40);

    assert_eq!(bench.token(&credential).await.unwrap(), "two");
    assert!(bench.server.asked()[5].contains("refresh_token=refresh-1"));
    assert_eq!(bench.token(&credential).await.unwrap(), "three");
    assert!(bench.server.asked()[6].contains("refresh_token=refresh-2"));
    assert_eq!(shown.lock().unwrap().len(), 2);
    assert!(!format!("{credential:?}").contains("refresh"));
}

#[tokio::test]
async fn a_device_code_ends() {
    let short = PROMPT.replace("900", "12");
    let bench = Bench::new([
        json("200 OK", &short),
        pending("authorization_pending"),
        pending("authorization_pending"),
    ])
    .await;
    let error = bench.token(&device(&Arc::default())).await.unwrap_err();
    assert_eq!(error.code(), Code::DeviceCodeExpired);

    for (answer, code) in [
        ("authorization_declined", Code::AuthorizationDeclined),
        ("expired_token", Code::DeviceCodeExpired),
        ("bad_verification_code", Code::TokenRefused),
    ] {
        let bench = Bench::new([json("200 OK", PROMPT), pending(answer)]).await;
        let error = bench.token(&device(&Arc::default())).await.unwrap_err();
        assert_eq!(error.code(), code, "{answer}");
        assert!(!format!("{error:?}").contains("hunter2"));
    }
}

#[tokio::test]
async fn an_app_acts_for_its_user() {
    let proof = AppProof::Secret(ClientSecret::new(SECRET));
    let credential =
        OnBehalfOfCredential::new("app-id", proof, UserAssertion::new("user.jwt.hunter2"));
    let bench = Bench::new([granted("one")]).await;
    assert_eq!(bench.token(&credential).await.unwrap(), "one");
    let asked = &bench.server.asked()[0];
    for field in [
        "requested_token_use=on_behalf_of",
        "assertion=user.jwt.hunter2",
        "client_secret=hunter2%26more",
    ] {
        assert!(asked.contains(field), "{asked}");
    }
    assert!(!format!("{credential:?}").contains("hunter2"));
}

#[tokio::test]
async fn a_callers_own_token_is_taken() {
    let credential = CallbackCredential::new(|cx: TokenContext| async move {
        assert_eq!(cx.scope(), "https://api.securitycenter.microsoft.com/.default");
        Ok(Token::new(AccessToken::new("own"), Duration::from_secs(60)))
    });
    let bench = Bench::new([]).await;
    assert_eq!(bench.token(&credential).await.unwrap(), "own");
}
